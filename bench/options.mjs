// npm run bench -- [options]     (root; everything happens in network namespaces of its own)
//
//   --rounds N      interleaved rounds (9)
//   --duration S    seconds of load that are measured of a contestant in a round (0.8)
//   --warmup S      seconds of load before it, in which a program compiles what it runs (1.5)
//   --only A,B      only these scenes: see bench/scenes/index.mjs
//   --entries N     connections in the table that is dumped (200000)
//   --bursts N      bursts to survive, all rounds together (1000)
//   --json          one object with every sample, for machines
//   --plot          draw the pictures of docs/performance.md
//   --into FOLDER   where they go (docs/plots)
//   --from FILE     the figures of what --json printed before: nothing is measured
//   --verbose       every sample as it comes
//   --smoke         whether everything works, in seconds; the figures mean nothing
import { commandLine } from '../tools/command-line.mjs'

const values = commandLine(import.meta.filename, {
  rounds: { type: 'number' },
  duration: { type: 'number' },
  warmup: { type: 'number' },
  only: { type: 'string' },
  entries: { type: 'number' },
  bursts: { type: 'number' },
  json: { type: 'boolean', default: false },
  plot: { type: 'boolean', default: false },
  into: { type: 'string', default: 'docs/plots' },
  from: { type: 'string' },
  verbose: { type: 'boolean', default: false },
  smoke: { type: 'boolean', default: false },
})

const rounds = values.rounds ?? (values.smoke ? 1 : 9)

export const options = {
  ...values,
  rounds,
  duration: values.duration ?? (values.smoke ? 0.1 : 0.8),
  warmup: values.warmup ?? (values.smoke ? 0.05 : 1.5),
  entries: values.entries ?? (values.smoke ? 4_000 : 200_000),
  bursts: Math.ceil((values.bursts ?? (values.smoke ? 5 : 1_000)) / rounds),
  only: values.only?.split(','),
}

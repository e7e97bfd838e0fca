import { parseArgs } from 'node:util'
import { refuseWords } from '../tools/numbers.mjs'

export const usage = `npm run bench -- [options]     (root; everything happens in network namespaces of its own)

  --rounds N      interleaved rounds (9)
  --duration S    seconds each load lasts (0.8)
  --only A,B      only these scenes: see bench/scenes/index.mjs
  --entries N     connections in the table that is dumped (200000)
  --bursts N      bursts to survive, all rounds together (1000)
  --json          one object with every sample, for machines
  --verbose       every sample as it comes
  --smoke         whether everything works, in seconds; the figures mean nothing
  --help`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    duration: { type: 'string' },
    only: { type: 'string' },
    entries: { type: 'string' },
    bursts: { type: 'string' },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

refuseWords(values, ['rounds', 'duration', 'entries', 'bursts'])
const rounds = Number(values.rounds ?? (values.smoke ? 1 : 9))

export const options = {
  ...values,
  rounds,
  duration: Number(values.duration ?? (values.smoke ? 0.1 : 0.8)),
  warmup: values.smoke ? 0.05 : 0.4,
  entries: Number(values.entries ?? (values.smoke ? 4_000 : 200_000)),
  bursts: Math.ceil(Number(values.bursts ?? (values.smoke ? 5 : 1_000)) / rounds),
  only: values.only?.split(','),
}

// A differential fuzzer: random programs go through the simulated kernel and a real one, and both must say the same. Rules, settings,
// packets, held and batched verdicts, requests about connections, expectations and timeout policies are all random, and follow from a seed.
//   --sequences N     how many programs (20000; 2000 on a Debian kernel)    --minutes N     at most so long (60)
//   --seed N          other programs (by default from the clock)            --sequence K    only this one
//   --kernel NAME     on this Debian kernel in a virtual machine: 6.1, 6.12, newest; without, on this machine's
//   --simulator NAME  on no real kernel: the simulator as 6.18 beside itself as this one
// Every kind of difference is told with seed and the smallest program found that shows it, and makes the exit code 1. At the end it says what
// the programs with tables and packets were about, of those whose tables the kernel took.
import { commandLine } from '../tools/command-line.mjs'
import { onDebian, onSimulator, onThisKernel } from './places.mjs'
import { Tally } from './tally/tally.mjs'

const { kernel, simulator, sequence, ...values } = commandLine(import.meta.filename, {
  sequences: { type: 'number' },
  minutes: { type: 'number', default: '60' },
  seed: { type: 'number' },
  sequence: { type: 'number' },
  kernel: { type: 'string' },
  simulator: { type: 'string' },
})
const seed = values.seed ?? Date.now() % 1_000_000
const usual = kernel === undefined ? 20_000 : 2_000
const orders = {
  seed,
  from: sequence ?? 0,
  sequences: sequence === undefined ? (values.sequences ?? usual) : 1,
  milliseconds: values.minutes * 60_000,
}
const place = Object.entries({ kernel, simulator }).flatMap(([name, of]) =>
  of === undefined ? [] : [`--${name} ${of}`],
)
const tally = new Tally([...place, `--seed ${seed}`].join(' '))
const hear = (line) => tally.hear(line)
if (simulator !== undefined) await onSimulator(simulator, orders, hear)
else if (kernel !== undefined) await onDebian(kernel, orders, hear)
else await onThisKernel(orders, hear)
process.exitCode = tally.close() ? 0 : 1

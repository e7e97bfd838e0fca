/** What becomes of the command's output. */
const outputs = ['stalled', 'stalled', 'full', 'full', 'closed', 'null']

/** A program about the command line on a live queue whose output goes wrong. */
export function commandProgram(random, first) {
  return {
    kind: 'command',
    number: first,
    stdout: random.pick(outputs),
    stderr: random.pick(['null', 'null', 'full', 'stalled']),
    arguments: [
      ...random.pick([[], ['--json'], ['--quiet']]),
      ...random.pick([[], [], ['--write', '/dev/full']]),
      ...random.pick([[], ['--fail-open']]),
      ...random.pick([[], ['--max-length', '64']]),
    ],
    bursts: Array.from({ length: random.between(2, 5) }, () => random.pick([50, 400, 2_000])),
    signal: random.pick(['SIGTERM', 'SIGINT']),
  }
}

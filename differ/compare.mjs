/** Kernels round seconds. */
const rounding = 1

/**
 * The first difference of two traces: where, and the lines each has alone; `undefined` when they agree. Seconds that run out are fewer on a
 * real kernel, whose time goes on: by no more than the program has taken there.
 */
export function difference(simulated, real) {
  for (const [at, { of, lines }] of simulated.entries()) {
    const { lines: others, seconds } = real[at]
    const slack = seconds + rounding
    const different = lines.findIndex((line, i) => !agree(line, others[i], slack))
    // What cannot be done at all shows nothing: it is a fault of the programs.
    const impossible = lines.filter(isFailure)
    if (impossible.length > 0) return { at, of, simulated: impossible, real: others.filter(isFailure) }
    if (different < 0 && lines.length === others.length) continue
    return { at, of, simulated: alone(lines, others, slack), real: alone(others, lines, slack) }
  }
  return undefined
}

const isFailure = (line) => line.startsWith('failed: ')

/** The lines that have no partner among the others. */
function alone(lines, others, slack) {
  const left = [...others]
  return lines.filter((line) => {
    const at = left.findIndex((other) => agree(line, other, slack) || agree(other, line, slack))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

const running = /~(\d+)/g

function agree(simulated, real, slack) {
  if (simulated === real) return true
  if (real === undefined || simulated.replace(running, '~') !== real.replace(running, '~')) return false
  const left = [...real.matchAll(running)]
  return [...simulated.matchAll(running)].every(([, all], i) => {
    const gone = Number(all) - Number(left[i][1])
    return gone >= 0 && gone <= slack
  })
}

/** What kind of difference one is: of which step, and of which attributes. */
export function kindOf({ of, simulated, real }) {
  const heads = [simulated, real].map((lines) => headOf(lines[0]))
  return `${of}: ${heads.join(' / ')}`
}

const headOf = (line = 'nothing') => line.split(/ flags | \d|\{/)[0]

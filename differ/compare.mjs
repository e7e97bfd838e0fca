/** Seconds a slow machine may take for a program. */
const slack = 10

/**
 * The first difference of two traces: where, and the lines each has alone; `undefined` when they agree. Seconds that run out are fewer on a
 * real kernel, whose time goes on.
 */
export function difference(simulated, real) {
  for (const [at, { of, lines }] of simulated.entries()) {
    const others = real[at].lines
    const different = lines.findIndex((line, i) => !agree(line, others[i]))
    // What cannot be done at all shows nothing: it is a fault of the programs.
    const impossible = lines.filter(isFailure)
    if (impossible.length > 0) return { at, of, simulated: impossible, real: others.filter(isFailure) }
    if (different < 0 && lines.length === others.length) continue
    return { at, of, simulated: alone(lines, others), real: alone(others, lines) }
  }
  return undefined
}

const isFailure = (line) => line.startsWith('failed: ')

/** The lines that have no partner among the others. */
function alone(lines, others) {
  const left = [...others]
  return lines.filter((line) => {
    const at = left.findIndex((other) => agree(line, other) || agree(other, line))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

const seconds = /~(\d+)/g

function agree(simulated, real) {
  if (simulated === real) return true
  if (real === undefined || simulated.replace(seconds, '~') !== real.replace(seconds, '~')) return false
  const left = [...real.matchAll(seconds)]
  return [...simulated.matchAll(seconds)].every(([, all], i) => {
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

/** Removals that follow each other, as those of a flush, come in an order that each kernel has for itself. */
export function inOrder(lines) {
  const sorted = []
  for (let at = 0; at < lines.length; ) {
    const run = lines.slice(at).findIndex((line) => !isRemoval(line))
    const end = run < 0 ? lines.length : at + Math.max(run, 1)
    sorted.push(...lines.slice(at, end).sort())
    at = end
  }
  return sorted
}

const isRemoval = (line) => /: IPCTNL_MSG_(CT|EXP)_DELETE /.test(line)

/** Cells of rows as lines, each column as wide as its widest cell and its least width. */
export function alignedRows(rows: readonly (readonly string[])[], least: readonly number[]): string[] {
  const widths = least.map((width, i) => Math.max(width, ...rows.map((row) => row[i]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join(' ')
      .trimEnd(),
  )
}

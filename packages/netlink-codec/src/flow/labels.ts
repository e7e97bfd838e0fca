/** The numbers of the bits set in a bitmap of connection labels, ascending. */
export function labelNumbers(bitmap: Uint8Array | undefined): number[] | undefined {
  if (bitmap === undefined) return undefined
  const numbers: number[] = []
  for (let label = 0; label < 8 * bitmap.length; label++)
    if (bitmap[label >> 3]! & (1 << (label & 7))) numbers.push(label)
  return numbers
}

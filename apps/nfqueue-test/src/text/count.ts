/** `1 packet`, `2 packets`. `more`: the plural that is not the word with an s. */
export const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`

/** `12 accept, 7 drop`: what is not zero, and nothing where all is. */
export const tally = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')

/** The same behind its name, as a part of a summary; none where all is zero. */
export function tallied(name: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const text = tally(counts)
  return text === '' ? [] : [`${name}: ${text}`]
}

/** What says behind the parameters of an arrow function, or of its type, that a value has a type: the grammar reads it behind other functions only. */
const predicate = /(?<=(?:\)\s*:|=>)\s*)(?:(?:asserts\s+)?[\w$]+\s+is|asserts)(?=\s)/g

/** A text of the same length without the predicate around a place, where its type is left; `undefined` where there is none. */
export function withoutPredicate(source: string, at: number): string | undefined {
  for (const { 0: said, index } of source.matchAll(predicate)) {
    const end = index + said.length
    // What is read so far ends at the word behind it.
    if (index <= at && at <= end + 1) return source.slice(0, index) + ' '.repeat(said.length) + source.slice(end)
  }
  return undefined
}

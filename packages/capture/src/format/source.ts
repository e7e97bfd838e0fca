/**
 * A capture's bytes: all at once, or in chunks. `name` is what errors call the capture; a source without one is `capture`. A source
 * that starts anew with each loop, as a file does, can be read more than once.
 */
export type CaptureSource =
  | Uint8Array
  | ((AsyncIterable<Uint8Array> | Iterable<Uint8Array>) & { readonly name?: string | undefined })

/** What to call a source in messages. */
export function sourceName(source: CaptureSource): string {
  return source instanceof Uint8Array ? 'capture' : (source.name ?? 'capture')
}

/** The bytes of a source in chunks. */
export async function* chunksOf(source: CaptureSource): AsyncGenerator<Uint8Array, void, undefined> {
  if (source instanceof Uint8Array) yield source
  else yield* source
}

/** Bytes of a stream, and the first of them, which come again. */
export interface Headed {
  readonly head: Uint8Array
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Wait for the first `size` bytes of a stream, or its end. */
export async function headed(stream: AsyncIterable<Uint8Array>, size: number): Promise<Headed> {
  const chunks = stream[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < size) {
    const next = await chunks.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  const first = head
  async function* bytes() {
    yield first
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
  }
  return { head, bytes: bytes() }
}

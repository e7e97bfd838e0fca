/** Having memory costs a microsecond, so that so many bytes are had for a few dozen questions. */
const size = 4096

let block = new ArrayBuffer(size)
let used = 0

/** So many bytes, for a question. */
export function room(length: number): Uint8Array {
  if (used + length > size) {
    block = new ArrayBuffer(size)
    used = 0
  }
  const bytes = new Uint8Array(block, used, length)
  used += length
  return bytes
}

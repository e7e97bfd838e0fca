/** What every datagram of the attack begins with: it is found again wherever the packet went, and whatever was changed around it. */
const magic = Buffer.from('nfattack')
export const shortest = magic.length + 4
export const firstPort = 9000
export const ports = 16

/** The payload with this number. */
export function datagram(number, size = shortest) {
  const bytes = Buffer.alloc(Math.max(size, shortest), number & 0xff)
  magic.copy(bytes)
  bytes.writeUInt32BE(number, magic.length)
  return bytes
}

/** The number in some bytes; `undefined` where there is none. */
export function numberIn(bytes) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = buffer.indexOf(magic)
  return at < 0 || at + shortest > buffer.length ? undefined : buffer.readUInt32BE(at + magic.length)
}

export const portOf = (number) => firstPort + (number % ports)

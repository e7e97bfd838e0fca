// Hellos to read: one of a browser over TCP, and one in an Initial of QUIC, version 1.
import { createCipheriv, createHmac } from 'node:crypto'

const be16 = (value) => [value >> 8, value & 0xff]
const sized = (bytes) => [...be16(bytes.length), ...bytes]
const extension = (id, data) => [...be16(id), ...sized(data)]
const list = (numbers) => sized(numbers.flatMap(be16))

const ciphers = [
  0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f,
  0x35,
]
const algorithms = [0x403, 0x804, 0x401, 0x503, 0x805, 0x501, 0x806, 0x601]
const text = (name) => [...Buffer.from(name)]

/** A handshake message with 18 extensions, among them a post-quantum key: 1,780 bytes, as browsers send. */
function message(sessionId, name = 'www.example.com') {
  const extensions = [
    extension(0x1a1a, []),
    extension(0, sized([0, ...sized(text(name))])),
    extension(23, []),
    extension(0xff01, [0]),
    extension(10, list([0x3a3a, 0x11ec, 0x1d, 0x17, 0x18])),
    extension(11, [1, 0]),
    extension(35, []),
    extension(16, sized([2, ...text('h2'), 8, ...text('http/1.1')])),
    extension(5, [1, 0, 0, 0, 0]),
    extension(13, list(algorithms)),
    extension(18, []),
    extension(
      51,
      sized([...be16(0x11ec), ...sized(new Array(1216).fill(7)), ...be16(0x1d), ...sized(new Array(32).fill(7))]),
    ),
    extension(45, [1, 1]),
    extension(43, [6, 0x4a, 0x4a, 3, 4, 3, 3]),
    extension(27, [2, 0, 2]),
    extension(0x44cd, sized([2, ...text('h2')])),
    extension(0xfe0d, [0, 0, 1, 0, 1, 7, ...sized(new Array(32).fill(7)), ...sized(new Array(144).fill(7))]),
    extension(0x5a5a, [0]),
  ].flat()
  const body = [
    3,
    3,
    ...new Array(32).fill(7),
    sessionId,
    ...new Array(sessionId).fill(7),
    ...list(ciphers),
    1,
    0,
    ...sized(extensions),
  ]
  return [1, 0, ...sized(body)]
}

/** The record of a browser's hello for a host. */
export const clientHello = (name) => Uint8Array.from([22, 3, 1, ...sized(message(32, name))])

/** A padded datagram of 1,200 bytes with the first 800 of a hello, and what a cipher needs to open it. */
export function initial() {
  const destination = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])
  const hmac = (key, bytes) => createHmac('sha256', key).update(bytes).digest()
  const expand = (secret, label, size) =>
    hmac(secret, Buffer.from([0, size, 6 + label.length, ...Buffer.from(`tls13 ${label}`), 0, 1])).subarray(0, size)
  const secret = expand(
    hmac(Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'), destination),
    'client in',
    32,
  )
  const frames = [6, 0, ...be16(0x4000 | 800), ...message(0).slice(0, 800)]
  const header = [0xc0, 0, 0, 0, 1, 8, ...destination, 0, 0, ...be16(0x4000 | (1200 - 18)), 0]
  const payload = Uint8Array.from([...frames, ...new Array(1200 - header.length - 16 - frames.length).fill(0)])
  const gcm = createCipheriv('aes-128-gcm', expand(secret, 'quic key', 16), expand(secret, 'quic iv', 12)).setAAD(
    Uint8Array.from(header),
  )
  const sealed = Buffer.concat([gcm.update(payload), gcm.final(), gcm.getAuthTag()])
  const datagram = new Uint8Array(Buffer.concat([Uint8Array.from(header), sealed]))
  const sample = header.length - 1 + 4
  const mask = createCipheriv('aes-128-ecb', expand(secret, 'quic hp', 16), null).update(
    datagram.subarray(sample, sample + 16),
  )
  datagram[0] ^= mask[0] & 0x0f
  datagram[header.length - 1] ^= mask[1]
  return { datagram, destination, sample, header: Uint8Array.from(header), sealed }
}

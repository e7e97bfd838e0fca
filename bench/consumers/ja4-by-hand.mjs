// JA4 of one kind of hello, by hand: with constants, and without what other hellos need. How close to its hashes JavaScript comes.
const sorted = new Uint16Array(64)
const text = new Uint8Array(512)
const words = new DataView(text.buffer)
const texts = Array.from({ length: 512 }, (_, length) => text.subarray(0, length))
const codes = [...Buffer.from('t13d0000h2_000000000000_000000000000')]
const pairOf = (two) => two.charCodeAt(0) * 256 + two.charCodeAt(1)
const hexadecimals = Uint16Array.from({ length: 256 }, (_, byte) => pairOf(byte.toString(16).padStart(2, '0')))

const isGrease = (number) => (number & 0x0f0f) === 0x0a0a && number >> 8 === (number & 0xff)

function put(at, number) {
  const bytes = ((number << 8) | number) & 0x00ff_00ff
  const values = ((bytes << 4) | bytes) & 0x0f0f_0f0f
  words.setUint32(at, values + 0x3030_3030 + 0x27 * (((values + 0x0606_0606) >> 4) & 0x0101_0101))
  text[at + 4] = 0x2c
}

/** Write a list in order, without GREASE and two more, and how many numbers it has; returns where it ends. */
function write(numbers, but, and, at) {
  let [size, plain] = [0, 0]
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]
    if (isGrease(number)) continue
    plain++
    if (number === but || number === and) continue
    let place = size++
    for (; place > 0 && sorted[place - 1] > number; place--) sorted[place] = sorted[place - 1]
    sorted[place] = number
  }
  codes[at] = 0x30 + ((plain / 10) | 0)
  codes[at + 1] = 0x30 + (plain % 10)
  for (let i = 0; i < size; i++) put(5 * i, sorted[i])
  return 5 * size
}

function shorten(at, digest) {
  for (let i = 0; i < 6; i++) {
    const pair = hexadecimals[digest[i]]
    codes[at + 2 * i] = pair >> 8
    codes[at + 2 * i + 1] = pair & 0xff
  }
}

export function byHand({ ciphers, extensions, signatureAlgorithms, alpn: [protocol] }, hash) {
  shorten(11, hash(texts[write(ciphers, -1, -1, 4) - 1]))
  const end = write(extensions, 0, 16, 6)
  text[end - 1] = 0x5f
  for (let i = 0; i < signatureAlgorithms.length; i++) put(end + 5 * i, signatureAlgorithms[i])
  shorten(24, hash(texts[end + 5 * signatureAlgorithms.length - 1]))
  codes[8] = protocol.charCodeAt(0)
  codes[9] = protocol.charCodeAt(protocol.length - 1)
  return String.fromCharCode(...codes)
}

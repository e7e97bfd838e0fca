// JA4 of one kind of hello, by hand: all in one file, with constants, and without what other hellos need. How close to its hashes JavaScript comes.
const sorted = new Uint16Array(64)
const text = new Uint8Array(512)
const texts = Array.from({ length: 512 }, (_, length) => text.subarray(0, length))
const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const isGrease = (number) => (number & 0x0f0f) === 0x0a0a && number >> 8 === (number & 0xff)
const digit = (value) => value + (value < 10 ? 0x30 : 0x57)

function order(numbers, but, and) {
  let size = 0
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]
    if (isGrease(number) || number === but || number === and) continue
    let place = size++
    for (; place > 0 && sorted[place - 1] > number; place--) sorted[place] = sorted[place - 1]
    sorted[place] = number
  }
  return size
}

function write(start, numbers, size, mark) {
  let at = start
  for (let i = 0; i < size; i++, at += 5) {
    const number = numbers[i]
    text[at] = i === 0 ? mark : 0x2c
    text[at + 1] = digit(number >> 12)
    text[at + 2] = digit((number >> 8) & 15)
    text[at + 3] = digit((number >> 4) & 15)
    text[at + 4] = digit(number & 15)
  }
  return at
}

const short = (digest) =>
  pairs[digest[0]] + pairs[digest[1]] + pairs[digest[2]] + pairs[digest[3]] + pairs[digest[4]] + pairs[digest[5]]

/** Each text has a comma in front, which costs the hash nothing. */
export function byHand({ ciphers, extensions, signatureAlgorithms, alpn: [protocol] }, hash) {
  const count = order(ciphers, -1, -1)
  const first = short(hash(texts[write(0, sorted, count, 0x2c)]))
  const listed = order(extensions, 0, 16)
  const end = write(0, sorted, listed, 0x2c)
  const second = short(hash(texts[write(end, signatureAlgorithms, signatureAlgorithms.length, 0x5f)]))
  return `t13d${count}${listed + 2}${protocol}_${first}_${second}`
}

// readers WHAT ROUNDS: how long reading a hello takes, and how long the cryptography in it takes alone. Nanoseconds of processor time, each round.
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import { parseHex } from '@nfkit/inet'
import { QuicReader } from '@nfkit/streams/quic'
import { clientHellos, ja4 } from '@nfkit/streams/tls'
import { clientHello, initial } from './hello.mjs'
import { byHand } from './ja4-by-hand.mjs'

let sum = 0
const hash = (text) => createHash('sha256').update(text).digest()
const cipher = {
  block: (key, block) => createCipheriv('aes-128-ecb', key, null).update(block),
  open(key, nonce, additional, sealed) {
    const gcm = createDecipheriv('aes-128-gcm', key, nonce).setAAD(additional).setAuthTag(sealed.subarray(-16))
    const opened = gcm.update(sealed.subarray(0, -16))
    gcm.final()
    return opened
  },
}
const times = (often, call) => {
  for (let i = 0; i < often; i++) sum += call(i)
}

const subjects = {
  hello: () => {
    const record = clientHello()
    return { often: 50_000, call: () => clientHellos().push(record)[0].serverName.length }
  },
  ja4: () => {
    const [hello] = clientHellos().push(clientHello())
    return { often: 50_000, call: () => ja4(hello, hash).length }
  },
  /** The same with the package's own SHA-256. */
  ownHash: () => {
    const [hello] = clientHellos().push(clientHello())
    return { often: 50_000, call: () => ja4(hello).length }
  },
  byHand: () => {
    const [hello] = clientHellos().push(clientHello())
    return { often: 50_000, call: () => byHand(hello, hash).length }
  },
  /** The texts that JA4 hashes for the same hello. */
  hashes: () => {
    const texts = []
    ja4(clientHellos().push(clientHello())[0], (text) => texts.push(text.slice()) && hash(text))
    return { often: 50_000, call: () => hash(texts[0])[0] + hash(texts[1])[0] }
  },
  quic: () => {
    const { datagram } = initial()
    return { often: 5_000, call: () => new QuicReader().readSync('client', datagram, cipher).length }
  },
  /** Keys by HKDF, one block and one packet: what opening an Initial needs. */
  cipher: () => {
    const { datagram, destination, sample, header, sealed } = initial()
    const salt = parseHex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a')
    const hmac = (key, text) => createHmac('sha256', key).update(text).digest()
    const infos = ['client in', 'quic key', 'quic iv', 'quic hp'].map((label, i) =>
      Buffer.from([0, [32, 16, 12, 16][i], 6 + label.length, ...Buffer.from(`tls13 ${label}`), 0, 1]),
    )
    return {
      often: 5_000,
      call() {
        const secret = hmac(hmac(salt, destination), infos[0])
        const [key, iv, hp] = [1, 2, 3].map((i) => hmac(secret, infos[i]))
        const mask = cipher.block(hp.subarray(0, 16), datagram.subarray(sample, sample + 16))
        return mask[0] + cipher.open(key.subarray(0, 16), iv.subarray(0, 12), header, sealed).length
      },
    }
  },
}

const [what, rounds] = process.argv.slice(2)
const { often, call } = subjects[what]()
const took = []
for (let round = -1; round < Number(rounds); round++) {
  const start = process.cpuUsage()
  times(often, call)
  const { user, system } = process.cpuUsage(start)
  // The first round warms up.
  if (round >= 0) took.push(((user + system) * 1e3) / often)
}
console.log(JSON.stringify({ took, sum }))

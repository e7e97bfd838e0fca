// by-hand QUEUE HOW [COUNT]: packets judged in JavaScript with nothing around it: fields are read where they are in memory, and verdicts written where
// they are sent from. Nothing is checked, counted or remembered. HOW is `bare`, where no packet is an object; or else each is one, with a view of its payload and a
// method for its verdict: `sync`, `async` (a handler that waits once, and whose promise is heard), `loop` (`for await`), `rewrite` (the payload is
// sent back), or `wait`, as wait.mjs does with COUNT; with `keep` a packet that waits has what it was promised, see keep-by-hand.mjs.
import { program } from '../programs.mjs'
import { Line } from './keep-by-hand.mjs'
import { lineOf } from './line.mjs'

const addon = { exports: {} }
process.dlopen(addon, program('floor'))
const [queue, how, count] = process.argv.slice(2)

const [slots, slot] = [64, 69_632]
const memory = new ArrayBuffer(2 * slots * slot + 8)
const bytes = new Uint8Array(memory)
const halves = new Uint16Array(memory)
const words = new Int32Array(memory)
const verdicts = slots * slot
/** How many messages there are, and how many bytes of verdicts. */
const numbers = new Int32Array(memory, 2 * slots * slot, 2)

const swapped = (word) => (word << 24) | ((word << 8) & 0xff_0000) | ((word >>> 8) & 0xff00) | (word >>> 24)
const typeMask = 0x3fff
const attribute = { header: 1, mark: 3, timestamp: 4, indev: 5, outdev: 6, payload: 10 }

let sum = 0
let payload = 0
let payloadLength = 0

/** Look at the message at `start` as the reference programs do, but not at its payload; returns the packet's id as it is in the message. */
function read(start) {
  let id = 0
  let seen = 0
  payloadLength = 0
  for (let at = start + 20, end = start + words[start >> 2]; at + 4 <= end; ) {
    const size = halves[at >> 1]
    const word = (at + 4) >> 2
    switch (halves[(at + 2) >> 1] & typeMask) {
      case attribute.header:
        id = words[word]
        seen ^= swapped(id) ^ ((bytes[at + 8] << 8) | bytes[at + 9])
        break
      case attribute.mark:
      case attribute.indev:
      case attribute.outdev:
        seen ^= swapped(words[word])
        break
      case attribute.timestamp:
        seen ^= swapped(words[word + 1]) ^ swapped(words[word + 3])
        break
      case attribute.payload:
        payload = at + 4
        payloadLength = size - 4
        break
    }
    at += (size + 3) & ~3
  }
  sum ^= seen
  return id
}

const requestFlag = 1
const verdictType = 0x301
const network = Number(queue) << 8 // of a queue below 256

/** Accept the packet; returns where an attribute would go. */
function accept(id, length = 32) {
  const at = (verdicts + numbers[1]) >> 2
  words[at] = length
  words[at + 1] = (requestFlag << 16) | verdictType
  words[at + 2] = 0
  words[at + 3] = 0
  words[at + 4] = network << 16
  words[at + 5] = (2 << 16) | 12
  words[at + 6] = 0x0100_0000
  words[at + 7] = id
  numbers[1] += length
  return (at + 8) << 2
}

function acceptWith(id, view) {
  const size = view.length + 4
  const at = accept(id, 32 + ((size + 3) & ~3))
  words[at >> 2] = (attribute.payload << 16) | size
  bytes.set(view, at + 4)
}

/** The least that a packet can be which is an object. */
class Packet {
  constructor(start) {
    this.id = read(start)
    this.payload = new Uint8Array(memory, payload, payloadLength)
  }

  look() {
    sum ^= this.payload[this.payload.length - 1]
  }

  accept() {
    accept(this.id)
  }

  acceptWith(view) {
    acceptWith(this.id, view)
  }
}

function judge(packet) {
  packet.look()
  packet.accept()
}

const each = (handle) => () => {
  for (let i = 0; i < numbers[0]; i++) handle(i * slot)
}

const nothing = () => {}
/** A promise that is rejected and not heard ends the program. */
const eachHeard = (handle) => each((start) => handle(new Packet(start)).then(nothing, nothing))

function loop() {
  let next = 0
  let wake
  const packets = {
    [Symbol.asyncIterator]: () => packets,
    next: () =>
      next < numbers[0]
        ? Promise.resolve({ done: false, value: new Packet(next++ * slot) })
        : new Promise((resolve) => {
            wake = resolve
          }),
  }
  ;(async () => {
    for await (const packet of packets) judge(packet)
  })()
  return () => {
    next = 1
    wake({ done: false, value: new Packet(0) })
  }
}

function waiting() {
  const { turn } = lineOf(Number(count), () => setImmediate(addon.exports.send))
  return async (packet) => {
    packet.look()
    await turn()
    packet.accept()
  }
}

function keep() {
  const line = new Line(words, Number(count), (packet) => packet.accept())
  /** With bytes of its own, of which a view is made when it is looked at. */
  class KeptPacket {
    constructor(start) {
      this.id = read(start)
      this.length = payloadLength
      this.at = line.keep(payload, payloadLength)
      this.place = line.add(this)
    }

    get payload() {
      return line.view(this.at, this.length)
    }

    look() {
      const { payload } = this
      sum ^= payload[payload.length - 1]
    }

    accept() {
      if (this.place < 0) return
      accept(this.id)
      line.remove(this.place)
      this.place = -1
    }
  }
  const handle = waiting()
  return each((start) => {
    const packet = new KeptPacket(start)
    const { place } = packet
    line.follow(place, handle(packet))
  })
}

const ways = {
  bare: () =>
    each((start) => {
      const id = read(start)
      sum ^= bytes[payload + payloadLength - 1]
      accept(id)
    }),
  sync: () => each((start) => judge(new Packet(start))),
  async: () =>
    eachHeard(async (packet) => {
      await undefined
      judge(packet)
    }),
  rewrite: () =>
    each((start) => {
      const packet = new Packet(start)
      packet.look()
      packet.acceptWith(packet.payload)
    }),
  loop,
  wait: () => eachHeard(waiting()),
  keep,
}
addon.exports.byHand(Number(queue), ways[how](), memory)
process.once('SIGTERM', () => {
  console.log(JSON.stringify({ sum }))
  process.exit()
})

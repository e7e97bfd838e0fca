// allocations QUEUE [WAY]: judge packets in one of these ways, and tell what is allocated for each, by function.
import { Session } from 'node:inspector'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { lookAtPacket } from './look-at-packet.mjs'

/** Packets until the code is compiled. */
const warm = 50_000
const packets = 20_000
const session = new Session()
session.connect()
// Every single allocation, and also of objects that are gone by the end.
const sampling = {
  samplingInterval: 1,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
}
let seen = 0
let sum = 0

/** The same as the consumer of this name does, and counted. */
const ways = {
  /** Nothing but what is at hand. */
  least: () =>
    queue.run((packet) => {
      sum ^= packet.id ^ packet.mark ^ packet.length
      packet.accept()
      count()
    }),
  accept: () =>
    queue.run((packet) => {
      sum ^= lookAtPacket(packet)
      packet.accept()
      count()
    }),
  'accept-async': () =>
    queue.run(async (packet) => {
      await undefined
      sum ^= lookAtPacket(packet)
      packet.accept()
      count()
    }),
  'accept-iterate': async () => {
    for await (const packet of queue) {
      sum ^= lookAtPacket(packet)
      packet.accept()
      count()
    }
  },
  rewrite: () =>
    queue.run((packet) => {
      sum ^= lookAtPacket(packet)
      packet.accept({ payload: packet.payload })
      count()
    }),
  tuple: () =>
    queue.run((packet) => {
      const { tuple } = packet
      sum ^= tuple.sourcePort
      packet.accept()
      count()
    }),
}
const [, , number, way = 'accept'] = process.argv
const queue = await openQueue(openMnl(), { number: Number(number) })
;(ways[way] ?? ways.accept)()

function count() {
  seen++
  if (seen === warm) session.post('HeapProfiler.startSampling', sampling)
  if (seen === warm + packets) session.post('HeapProfiler.stopSampling', tell)
}

function tell(error, { profile }) {
  if (error) throw error
  const objects = new Map()
  for (const { nodeId } of profile.samples) objects.set(nodeId, (objects.get(nodeId) ?? 0) + 1)
  const functions = []
  walk(profile.head, ({ id, callFrame, selfSize }) => {
    if (selfSize === 0) return
    const { functionName, url, lineNumber, columnNumber } = callFrame
    const where = { name: functionName || '(anonymous)', url, line: lineNumber, column: columnNumber }
    functions.push({ ...where, bytes: selfSize / packets, objects: (objects.get(id) ?? 0) / packets })
  })
  console.log(JSON.stringify({ functions, sum }))
  process.exit()
}

function walk(node, visit) {
  visit(node)
  for (const child of node.children) walk(child, visit)
}

// allocations QUEUE WAY WARM COUNT: judge packets in one of these ways, and tell what is allocated for each of COUNT of them, by function; WARM packets come
// before, until the code is compiled.
import { Session } from 'node:inspector'
import { look, queue, words } from './queue.mjs'

const [way, ...counts] = words
const [warm, count] = counts.map(Number)
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

/** Handlers that read some of a packet: id, mark and length are numbers, and each of the others is an object. */
const reading = (read) => () =>
  queue.run((packet) => {
    sum ^= packet.id ^ packet.mark ^ packet.length ^ read(packet)
    accepted(packet)
  })
/** By what is read, or by the consumer that does the same. */
const ways = {
  plain: reading(() => 0),
  payload: reading(({ payload }) => payload.length),
  ip: reading(({ ip }) => ip.protocol),
  udp: reading(({ ip }) => ip.udp.sourcePort),
  flow: reading(({ tuple }) => tuple.sourcePort),
  accept: () =>
    queue.run((packet) => {
      look(packet)
      accepted(packet)
    }),
  'accept-async': () =>
    queue.run(async (packet) => {
      await undefined
      look(packet)
      accepted(packet)
    }),
  async 'accept-iterate'() {
    for await (const packet of queue) {
      look(packet)
      accepted(packet)
    }
  },
  rewrite: () =>
    queue.run((packet) => {
      look(packet)
      accepted(packet, { payload: packet.payload })
    }),
}
if (ways[way] === undefined) throw new RangeError(`${way} is none of ${Object.keys(ways).join(', ')}`)
ways[way]()

function accepted(packet, changes) {
  packet.accept(changes)
  seen++
  if (seen === warm) session.post('HeapProfiler.startSampling', sampling)
  if (seen === warm + count) session.post('HeapProfiler.stopSampling', tell)
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
    functions.push({ ...where, bytes: selfSize / count, objects: (objects.get(id) ?? 0) / count })
  })
  console.log(JSON.stringify({ functions, sum }))
  process.exit()
}

function walk(node, visit) {
  visit(node)
  for (const child of node.children) walk(child, visit)
}

// allocations QUEUE WHAT WARM COUNT: read WHAT of packets, accept them, and tell what is allocated for each of COUNT of them, by function; WARM packets
// come before, until the code is compiled.
import { Session } from 'node:inspector'
import { look, queue, words } from './queue.mjs'

/** What a handler reads: id, mark and length are numbers, and each of the others is an object. */
const subjects = {
  plain: ({ id, mark, length }) => id ^ mark ^ length,
  payload: (packet) => subjects.plain(packet) ^ packet.payload.length,
  ip: (packet) => subjects.plain(packet) ^ packet.ip.protocol,
  udp: (packet) => subjects.plain(packet) ^ packet.ip.udp.sourcePort,
  look,
}
const [what, ...counts] = words
const subject = subjects[what]
const [warm, count] = counts.map(Number)
let sum = 0
const session = new Session()
session.connect()
// Every single allocation, and also of objects that are gone by the end.
const sampling = {
  samplingInterval: 1,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
}
let seen = 0

queue.run((packet) => {
  sum ^= subject(packet)
  packet.accept()
  seen++
  if (seen === warm) session.post('HeapProfiler.startSampling', sampling)
  if (seen === warm + count) session.post('HeapProfiler.stopSampling', tell)
})

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

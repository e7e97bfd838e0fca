// allocations QUEUE COUNT: accept packets, and tell what is allocated for each of COUNT of them, by function.
import { Session } from 'node:inspector'
import { look, queue } from './queue.mjs'

/** Packets until the code is compiled. */
const warm = 50_000
const count = 20_000
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
  look(packet)
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
  console.log(JSON.stringify({ functions }))
  process.exit()
}

function walk(node, visit) {
  visit(node)
  for (const child of node.children) walk(child, visit)
}

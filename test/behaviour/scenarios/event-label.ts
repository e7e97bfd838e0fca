import assert from 'node:assert/strict'
import { listener, track } from '../events.ts'
import { change, creation, entry } from '../flow.ts'
import { udp } from '../packet.ts'
import { scenario } from '../scenario.ts'

const flow = 'udp 10.1.0.1:1000 > 10.1.0.2:7007'
const packet = udp('10.1.0.1:1000', '10.1.0.2:7007')
const labels = Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 0x80 : 0))

for (const [what, requests, told] of [
  ['of an entry that is made with labels', [() => creation(flow, { labels })], [labels]],
  ['of labels that change', [() => creation(flow), () => change(flow, { labels })], [labels]],
  [
    'not of labels that stay what they are',
    [() => creation(flow), () => change(flow, { labels: new Uint8Array(16) })],
    [],
  ],
] as const)
  scenario('F-438', what, async (world) => {
    await world.rules(track, { hook: 'forward', table: 'filter', action: { kind: 'label', value: 3 } })
    const [events, socket] = [listener(world), world.open()]
    for (const request of requests) await socket.must(request())
    await events.messages()
    await world.emit(packet)
    const found = (await events.messages()).map((message) => entry(message).labels)
    assert.deepEqual(found, told)
  })

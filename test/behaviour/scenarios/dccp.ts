import assert from 'node:assert/strict'
import { track } from '../events.ts'
import { creation, entryOf, table } from '../flow.ts'
import { raw } from '../packet.ts'
import { scenario } from '../scenario.ts'
import type { World } from '../world.ts'

const [one, other] = ['10.1.0.1', '10.1.0.2']
const request = (port: number) =>
  raw(
    33,
    one,
    other,
    Uint8Array.from({ length: 24 }, (_, i) => (i === 1 ? port : i === 3 ? 9 : 0)),
  )

const needsNoDccp = (world: World): string | undefined =>
  world.profile.dccp ? 'the kernel tracks DCCP, whose states the simulator does not follow' : undefined

scenario(
  'F-172',
  'packets of a protocol that is not tracked have no ports',
  async (world) => {
    await world.rules(track)
    const socket = world.open()
    await world.emit([request(1), request(2)])
    assert.equal((await table(socket)).length, 1)
    const { tupleOrig, timeout } = await entryOf(socket, `dccp ${one}:7 > ${other}:8`)
    assert.deepEqual(tupleOrig?.proto, { num: 33 })
    assert.ok(timeout! > 590 && timeout! <= 600)
  },
  needsNoDccp,
)

scenario(
  'F-172',
  'nor have entries that are made by a request',
  async (world) => {
    const socket = world.open()
    await socket.must(creation(`dccp ${one}:7 > ${other}:8`))
    assert.deepEqual((await entryOf(socket, `dccp ${one}:1 > ${other}:2`)).tupleOrig?.proto, { num: 33 })
    assert.equal((await socket.ask(creation(`dccp ${one}:3 > ${other}:4`))).error, 'EEXIST')
  },
  needsNoDccp,
)

import assert from 'node:assert/strict'
import { messageFlags } from '@nfkit/netlink-codec'
import { conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { heads, listener } from '../events.ts'
import { creation, deletion } from '../flow.ts'
import { scenario } from '../scenario.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const made = conntrackMessage.new.type
const gone = conntrackMessage.delete.type
const { create, exclusive, echo } = messageFlags
scenario('F-141', 'with ECHO the requester gets the event before the acknowledgement', async (world) => {
  listener(world, group.conntrackDestroy) // else there are no events at all
  const socket = world.open()
  const { error, replies } = await socket.ask(creation(one, {}, create | exclusive | echo))
  assert.equal(error, '0')
  assert.deepEqual(heads(replies), [[made, create | exclusive, 0, socket.portId, 2]])
})

scenario('F-141', 'with ECHO a requester that listens hears it once', async (world) => {
  const [socket, other] = [listener(world), listener(world)]
  const { replies } = await socket.ask(creation(one, {}, create | exclusive | echo))
  assert.equal(replies.length, 1)
  assert.equal((await other.messages()).length, 1)
  const deleted = deletion(one)
  deleted[6]! |= echo
  assert.deepEqual(
    (await socket.ask(deleted)).replies.map(({ type }) => type),
    [gone],
  )
})

scenario('F-142', 'without ECHO a requester that listens hears of itself', async (world) => {
  const socket = listener(world)
  const { replies } = await socket.ask(creation(one))
  assert.deepEqual(heads(replies), [[made, create | exclusive, 0, socket.portId, 2]])
})

import assert from 'node:assert/strict'
import { copyMode, formatHex, hook, nfqa, queueFlags, u32 } from '@nfkit/netlink-codec'
import { echo, tcp, udp } from '../packet.ts'
import { attributesOf, Queue, queuedPackets, toQueue } from '../queue.ts'
import { config } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Rule } from '../world.ts'

const { skbInfo, packetHdr, mark, indev, outdev, hwaddr, payload, capLen, uid, gid, priority, timestamp } = {
  packetHdr: nfqa.rows.packetHdr.id,
  mark: nfqa.rows.mark.id,
  indev: nfqa.rows.ifindexIndev.id,
  outdev: nfqa.rows.ifindexOutdev.id,
  hwaddr: nfqa.rows.hwaddr.id,
  payload: nfqa.rows.payload.id,
  capLen: nfqa.rows.capLen.id,
  uid: nfqa.rows.uid.id,
  gid: nfqa.rows.gid.id,
  priority: nfqa.rows.priority.id,
  timestamp: nfqa.rows.timestamp.id,
  skbInfo: nfqa.rows.skbInfo.id,
}
const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const hello6 = udp('[fd00::1]:1000', '[fd00::2]:7007')
const lo = 1

scenario('F-060', "a packet's message has no sequence, no port, no flags and no padding", async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit([hello, hello])
  const items = (await queue.socket.take()) as Uint8Array[]
  assert.equal(items.length, 2)
  for (const item of items) {
    assert.deepEqual([item[4], item[5], u32(item, 0), u32(item, 8), u32(item, 12)], [0, 3, item.length, 0, 0])
    assert.deepEqual([item[6], item[7], item[16], item[17], item[18], item[19]], [0, 0, 2, 0, 0, 7])
    assert.equal(item.length % 4, 1) // 33 bytes of payload
    assert.deepEqual(item.slice(-hello.length), hello)
  }
})

scenario('F-061', 'OUTPUT: header, output device, payload', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello)
  const packet = await queue.packet()
  assert.deepEqual(attributesOf(packet), [packetHdr, outdev, payload])
  assert.deepEqual(
    [packet.id, packet.hook, packet.hwProtocol, packet.get(nfqa.rows.ifindexOutdev)],
    [1, hook.output, 0x0800, lo],
  )
})

scenario('F-061', 'IPv6: family 10 and its Ethernet type', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello6)
  const packet = await queue.packet()
  assert.deepEqual([packet.family, packet.hwProtocol, packet.queue], [10, 0x86dd, 7])
  assert.deepEqual(packet.payload, hello6)
})

scenario('F-061', 'META: no payload, and the checksum is left open', async (world) => {
  const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.meta, copyRange: 0 } })
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  const packet = await queue.packet()
  assert.deepEqual(attributesOf(packet), [packetHdr, outdev, skbInfo])
  assert.equal(packet.get(nfqa.rows.skbInfo), 1)
})

scenario('F-061', 'META: a packet with its checksum has no SKB_INFO', async (world) => {
  const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.meta, copyRange: 0 } })
  await world.rules(toQueue(7))
  await world.emit(hello)
  assert.deepEqual(attributesOf(await queue.packet()), [packetHdr, outdev])
})

scenario('F-061', 'PACKET: the checksum is completed first', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  const packet = await queue.packet()
  assert.deepEqual(attributesOf(packet), [packetHdr, outdev, payload])
  assert.equal(formatHex(packet.payload.slice(26, 28)), formatHex(hello.slice(26, 28)))
})

scenario('F-061', 'PACKET with GSO: the checksum is left open', async (world) => {
  const queue = await Queue.open(world, 7, { flags: queueFlags.gso, mask: queueFlags.gso })
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  assert.equal((await queue.packet()).get(nfqa.rows.skbInfo), 1)
})

for (const [name, table, expected] of [
  ['prerouting', 'mangle', [packetHdr, indev, hwaddr, skbInfo, payload]],
  ['input', 'filter', [packetHdr, indev, hwaddr, skbInfo, payload]],
  ['output', 'mangle', [packetHdr, outdev, payload]],
  ['postrouting', 'mangle', [packetHdr, outdev, payload]],
] as const) {
  scenario('F-062', `what a packet on lo says at ${name.toUpperCase()}`, async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(toQueue(7, { hook: name, table }))
    for (const packet of [hello, hello6]) {
      await world.emit(packet)
      const queued = await queue.packet()
      assert.equal(queued.hook, hook[name])
      assert.deepEqual(
        attributesOf(queued).filter((id) => id !== timestamp),
        expected,
      )
      assert.equal(queued.get(nfqa.rows.skbInfo), expected.includes(skbInfo as never) ? 4 : undefined)
    }
  })
}

scenario('F-062', 'a checksum left open is trusted on arrival', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7, { hook: 'input' }))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  assert.deepEqual(
    attributesOf(await queue.packet()).filter((id) => id !== timestamp),
    [packetHdr, indev, hwaddr, payload],
  )
})

scenario('F-062', 'the hardware address on lo is six zeros', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7, { hook: 'input' }))
  await world.emit(hello)
  const packet = await queue.packet()
  assert.deepEqual(packet.get(nfqa.rows.hwaddr), { hwAddrlen: 6, hwAddr: new Uint8Array(8) })
  assert.equal(packet.get(nfqa.rows.ifindexIndev), lo)
})

scenario('F-063', 'a mark is there when it is not 0', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello, { mark: 0xbeef })
  await world.emit(hello)
  const [marked, plain] = await queue.packets(2)
  assert.deepEqual(attributesOf(marked!), [packetHdr, outdev, mark, payload])
  assert.equal(marked!.mark, 0xbeef)
  assert.deepEqual(attributesOf(plain!), [packetHdr, outdev, payload])
})

scenario('F-063', 'a priority is there when it is not 0', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello, { priority: 5, mark: 1 })
  await world.emit(hello)
  const [first, plain] = await queue.packets(2)
  assert.deepEqual(attributesOf(first!), [packetHdr, outdev, mark, priority, payload])
  assert.equal(first!.get(nfqa.rows.priority), 5)
  assert.deepEqual(attributesOf(plain!), [packetHdr, outdev, payload])
})

scenario('F-063', 'a mark a rule set is there', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules({ ...toQueue(7), table: 'mangle', action: { kind: 'mark', value: 77 } }, toQueue(7))
  await world.emit(hello)
  assert.equal((await queue.packet()).mark, 77)
})

scenario('F-064', 'no time at OUTPUT and POSTROUTING', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7), { ...toQueue(7), hook: 'postrouting', table: 'mangle', port: 7008 })
  await world.emit([hello, udp('10.1.0.1:1000', '10.1.0.2:7008')])
  for (const packet of await queue.packets(2)) assert.ok(!attributesOf(packet).includes(timestamp))
})

for (const [range, size] of [
  [20, 20],
  [32, 32],
  [33, undefined],
  [34, undefined],
] as const) {
  scenario(
    'F-065',
    `a range of ${range} ${size === undefined ? 'holds' : 'cuts'} a packet of 33 bytes`,
    async (world) => {
      const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.packet, copyRange: range } })
      await world.rules(toQueue(7))
      await world.emit(hello)
      const packet = await queue.packet()
      assert.deepEqual(
        attributesOf(packet),
        size === undefined ? [packetHdr, outdev, payload] : [packetHdr, outdev, capLen, payload],
      )
      assert.equal(packet.get(nfqa.rows.capLen), size === undefined ? undefined : 33)
      assert.deepEqual(packet.payload, hello.slice(0, size))
    },
  )
}

scenario('F-065', 'a cut packet goes on whole', async (world) => {
  const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.packet, copyRange: 24 } })
  await world.rules(toQueue(7))
  await world.emit(hello)
  await queue.judge((await queue.packet()).id, 'accept')
  const [arrived] = await world.arrivals(1)
  assert.deepEqual(arrived!.transport, hello.slice(20))
})

scenario('F-065', 'CAP_LEN comes before SKB_INFO', async (world) => {
  const settings = { params: { copyMode: copyMode.packet, copyRange: 24 }, flags: queueFlags.gso, mask: queueFlags.gso }
  const queue = await Queue.open(world, 7, settings)
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  assert.deepEqual(attributesOf(await queue.packet()), [packetHdr, outdev, capLen, skbInfo, payload])
})

scenario('F-067', 'with UID_GID a local packet says whose it is', async (world) => {
  const queue = await Queue.open(world, 7, { flags: queueFlags.uidGid, mask: queueFlags.uidGid })
  await world.rules(toQueue(7), { ...toQueue(7), hook: 'input', port: 7008 })
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  const packet = await queue.packet()
  assert.deepEqual(attributesOf(packet), [packetHdr, outdev, uid, gid, payload])
  assert.deepEqual({ uid: packet.get(nfqa.rows.uid), gid: packet.get(nfqa.rows.gid) }, world.owner)
})

scenario('F-067', 'without UID_GID it does not', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello')
  assert.deepEqual(attributesOf(await queue.packet()), [packetHdr, outdev, payload])
})

scenario('F-068', 'ids start at 1 and count up, per queue', async (world) => {
  const [seven, eight] = [await Queue.open(world, 7), await Queue.open(world, 8)]
  await world.rules(toQueue(7), toQueue(8))
  const other = udp('10.1.0.1:1000', '10.1.0.2:7008')
  await world.emit([hello, other, hello, other, hello])
  assert.deepEqual(
    (await seven.packets(3)).map(({ id }) => id),
    [1, 2, 3],
  )
  assert.deepEqual(
    (await eight.packets(2)).map(({ id }) => id),
    [1, 2],
  )
})

scenario('F-068', 'a packet lost to a full queue takes no id', async (world) => {
  const queue = await Queue.open(world, 7, { queueMaxlen: 2 })
  await world.rules(toQueue(7))
  await world.emit([hello, hello, hello, hello])
  await queue.packets(2)
  await queue.judge(1, 'accept')
  await world.emit(hello)
  assert.equal((await queue.packet()).id, 3)
})

scenario('F-071', 'nobody listens: dropped', async (world) => {
  await world.rules(toQueue(7))
  assert.deepEqual(await world.emit(hello), { sent: 1 })
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-071', 'nobody listens, with bypass: accepted', async (world) => {
  await world.rules(toQueue(7, { bypass: true }))
  await world.emit([hello])
  await world.emit([hello6])
  assert.equal((await world.arrivals(2)).length, 2)
})

scenario('F-071', 'a bypass skips the rest of the chain', async (world) => {
  const drop: Rule = { hook: 'output', table: 'filter', protocol: 'udp', action: { kind: 'drop' } }
  await world.rules(toQueue(7, { bypass: true }), drop)
  await world.emit(hello)
  assert.equal((await world.arrivals(1)).length, 1)
})

for (const bypass of [false, true]) {
  scenario('F-071', `a queue that copies nothing drops${bypass ? ', with bypass too' : ''}`, async (world) => {
    const queue = await Queue.open(world, 7, { params: { copyMode: copyMode.none, copyRange: 0 } })
    await world.rules(toQueue(7, { bypass }))
    await world.emit(hello)
    assert.deepEqual(await world.arrivals(0), [])
    assert.deepEqual(await queue.socket.take(), [])
    assert.deepEqual((await world.queues()).get(7)!.slice(2), [0, 0, 0, 0, 0, 0, 1])
  })
}

for (const bypass of [false, true]) {
  scenario('F-072', `a full queue drops and counts${bypass ? ', with bypass too' : ''}`, async (world) => {
    const queue = await Queue.open(world, 7, { queueMaxlen: 3 })
    await world.rules(toQueue(7, { bypass }))
    await world.emit(Array.from({ length: 5 }, () => hello))
    assert.deepEqual((await world.queues()).get(7)!.slice(2), [3, 2, 65_531, 2, 0, 3, 1])
    assert.equal((await queue.packets(3)).length, 3)
    assert.deepEqual(await world.arrivals(0), [])
  })
}

scenario('F-072', 'a full queue that fails open accepts, and counts nothing', async (world) => {
  await Queue.open(world, 7, { queueMaxlen: 3, flags: queueFlags.failOpen, mask: queueFlags.failOpen })
  await world.rules(toQueue(7))
  await world.emit(Array.from({ length: 5 }, () => hello))
  assert.deepEqual((await world.queues()).get(7)!.slice(2), [3, 2, 65_531, 0, 0, 3, 1])
  assert.equal((await world.arrivals(2)).length, 2)
})

scenario('F-074', 'a queue of length 0 drops everything', async (world) => {
  await Queue.open(world, 7, { queueMaxlen: 0 })
  await world.rules(toQueue(7))
  await world.emit([hello, hello])
  assert.deepEqual((await world.queues()).get(7)!.slice(2), [0, 2, 65_531, 2, 0, 0, 1])
})

scenario('F-074', 'a lower length keeps what waits', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit([hello, hello, hello])
  await queue.socket.messages()
  const { error } = await queue.socket.ask(config(7, { queueMaxlen: 1 }))
  assert.equal(error, '0')
  assert.equal((await world.queues()).get(7)![2], 3)
  await world.emit(hello)
  assert.deepEqual((await world.queues()).get(7)!.slice(2), [3, 2, 65_531, 1, 0, 3, 1])
  for (const id of [1, 2, 3]) assert.equal((await queue.judge(id, 'accept')).error, '0')
  assert.equal((await world.arrivals(3)).length, 3)
})

scenario(
  'F-075',
  'a sender is stopped by its own packets that wait',
  async (world) => {
    await Queue.open(world, 7, { queueMaxlen: 10_000 })
    await world.rules(toQueue(7))
    const { sent, error } = await world.udp(
      '10.1.0.1:1000',
      '10.1.0.2:7007',
      Array.from({ length: 600 }, () => 'hello'),
    )
    assert.equal(error, 'EAGAIN')
    assert.ok(sent > 200 && sent < 400, `${sent} sent`)
  },
  (world) => world.without('send buffers'),
)

scenario('F-076', 'a packet waits', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7))
  await world.emit(hello)
  await world.pass(1)
  assert.equal((await world.queues()).get(7)![2], 1)
  assert.equal((await queue.judge(1, 'accept')).error, '0')
  assert.equal((await world.arrivals(1)).length, 1)
})

for (const [name, packet] of [
  ['TCP', tcp('10.1.0.1:1000', '10.1.0.2:80', 'S')],
  ['TCP over IPv6', tcp('[fd00::1]:1000', '[fd00::2]:80', 'SA')],
  ['ICMP', echo('10.1.0.1', '10.1.0.2', 7, 'request')],
  ['ICMPv6', echo('fd00::1', 'fd00::2', 7, 'request')],
] as const) {
  scenario('F-061', `${name} comes as it was sent`, async (world) => {
    const queue = await Queue.open(world, 7)
    const protocol = name.startsWith('TCP') ? 'tcp' : 'icmp'
    await world.rules({ hook: 'output', table: 'filter', protocol, action: { kind: 'queue', number: 7 } })
    await world.emit(packet)
    assert.deepEqual((await queue.packet()).payload, packet)
  })
}

for (const bytes of [1400, 9000, 60_000]) {
  scenario('F-032', `a packet of ${bytes} bytes comes whole`, async (world) => {
    const queue = await Queue.open(world, 7, { receiveBuffer: 8192 })
    await world.rules(toQueue(7))
    const packet = udp('10.1.0.1:1000', '10.1.0.2:7007', 'x'.repeat(bytes - 28))
    await world.emit(packet)
    const [queued] = queuedPackets(await queue.socket.wait(1)) // before anything else wants room in the buffer
    assert.deepEqual(queued!.payload, packet)
  })
}

import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { udp } from '@nfkit/ip-codec/build'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { FirewallVerdict } from '../src/index.ts'
import { kernelWorld, runSender } from './suites/kernel-world.ts'
import { brokenOff, deferred, staged } from './suites/stage.ts'

/** What goes wrong in programs that write such rules by hand. */

const world = await kernelWorld()
const sh = (line: string) => execFileSync('sh', ['-c', line], { encoding: 'utf8' })
const tables = () => sh('nft list tables').trim()

afterAll(() => world[Symbol.asyncDispose]())
afterEach(() => {
  sh('nft delete table inet others 2>/dev/null || true')
})

/** Bits of a firewall, and every value they can have. */
const mask = 0x7
const marks = Array.from({ length: 8 }, (_, mark) => mark)

/** The link of another host to this one, both ends of it here: what comes in by it keeps the mark it was sent with. */
function frames(to: string, port: number): readonly string[] {
  const [far, near] = ['far0', 'near0'].map((device) => {
    const [{ address }] = JSON.parse(sh(`ip -json link show ${device}`))
    return address.replaceAll(':', '')
  })
  return marks.map((mark) => {
    const packet = udp(`10.98.0.7:${20_000 + mark} > ${to}:${port}`, { payload: 'hello' })
    return `${mark} frame far0 ${near}${far}0800${Buffer.from(packet).toString('hex')}`
  })
}

describe('a mark of a packet’s own is no verdict, of a program with CAP_NET_RAW alone', () => {
  const ways = {
    'at output, by a socket': {
      hook: 'output',
      lines: () => marks.map((mark) => `${mark} udp 10.99.0.2:4000 68656c6c6f`),
    },
    'at input, from outside': { hook: 'input', lines: () => frames('10.99.0.1', 4000) },
    'at forward': { hook: 'forward', lines: () => frames('10.99.0.2', 4000) },
  } as const
  const setting = (name: string, value: number) => `sysctl -qw net.ipv4.${name}=${value}`
  beforeAll(() => {
    sh(
      'ip link add near0 type veth peer name far0; ip addr add 10.98.0.1/24 dev near0; ip link set near0 up; ip link set far0 up',
    )
    sh([setting('ip_forward', 1), setting('conf.near0.rp_filter', 0), setting('conf.all.rp_filter', 0)].join('; '))
  })
  afterAll(() => {
    sh(`ip link del near0; ${setting('ip_forward', 0)}`)
  })

  describe.each(Object.entries(ways))('%s', (_, { hook, lines }) => {
    test.each(['prefer', 'off'] as const)(
      'every value is judged, and none passes; connections: %s',
      async (conntrack) => {
        const { firewall, asked } = await staged(world, { hooks: [hook], mask, conntrack, judge: () => 'drop' })
        sh(
          `nft "add table inet others; add chain inet others late { type filter hook ${hook} priority 10; }; add rule inet others late udp dport 4000 counter"`,
        )
        runSender(lines())
        await expect.poll(() => firewall.stats().judged.drop, { timeout: 10_000 }).toBe(8)
        runSender(lines())
        const direction = { input: 'in', output: 'out', forward: 'through' }[hook]
        expect(new Set(asked.map((connection) => connection.direction))).toEqual(new Set([direction]))
        expect(sh('nft list chain inet others late')).toContain('counter packets 0')
      },
    )

    test('accepted, every value passes, and is not judged again', async () => {
      const { firewall } = await staged(world, { hooks: [hook], mask })
      sh(
        `nft "add table inet others; add chain inet others late { type filter hook ${hook} priority 10; }; add rule inet others late udp dport 4000 meta mark & ${mask} == 0 counter"`,
      )
      runSender(lines())
      await expect.poll(() => firewall.stats().judged.accept, { timeout: 10_000 }).toBe(8)
      await expect.poll(() => sh('nft list chain inet others late'), { timeout: 10_000 }).toContain('counter packets 8')
    })
  })
})

describe('marks of packets', () => {
  test('are given back clean', async () => {
    await staged(world)
    sh(
      'nft "add table inet others; add chain inet others late { type filter hook output priority 10; }; add rule inet others late meta mark and 0xff000000 != 0 counter"',
    )
    expect(await world.ask(4000, 'hello')).toBe('hello')
    expect(sh('nft list chain inet others late')).toContain('counter packets 0')
  })

  test('an ip rule about the bits does not see the verdict', async () => {
    await staged(world)
    sh('ip rule add fwmark 0x01000000/0xff000000 unreachable')
    try {
      const line = await world.dial('peer', 4000)
      expect(await line.say('hello')).toBe('hello')
      line.close()
    } finally {
      sh('ip rule del fwmark 0x01000000/0xff000000 unreachable')
    }
  })
})

test('what the kernel does not follow is judged, and its verdict holds', async () => {
  let verdict: FirewallVerdict = 'accept'
  sh(
    'nft "add table inet others; add chain inet others raw { type filter hook output priority raw; }; add rule inet others raw udp dport 4000 notrack"',
  )
  const { firewall, asked } = await staged(world, { judge: () => verdict })
  expect(await world.ask(4000, 'hello')).toBe('hello')
  verdict = 'reject'
  await expect(world.ask(4000, 'hello')).rejects.toThrow('EHOSTUNREACH')
  verdict = 'drop'
  await expect(world.ask(4000, 'hello')).rejects.toThrow('silence')
  expect(asked.map(({ isTracked }) => isTracked)).toEqual([false, false, false])
  expect(firewall.stats().judged).toEqual({ accept: 1, drop: 1, reject: 1 })
})

test('a hook that is put in front while packets wait has nobody judged twice, and no packet lost', async () => {
  const answer = deferred<FirewallVerdict>()
  const { asked } = await staged(world, { judge: () => answer.promise })
  const dialling = world.dial('peer', 4000)
  await expect.poll(() => asked.length).toBe(1)
  sh('nft "add table inet others; add chain inet others early { type filter hook output priority -300; }"')
  answer.resolve('accept')
  const line = await dialling
  expect(await line.say('hello')).toBe('hello')
  line.close()
  expect(asked.length).toBe(1)
})

test('the link works while everything is dropped: neighbours are found', async () => {
  const { firewall } = await staged(world, { hooks: ['input', 'output'], match: undefined, judge: () => 'drop' })
  sh('ip neigh flush dev fw0')
  await expect(world.ask(4000, 'hello', 'IPv6')).rejects.toThrow('silence')
  sh('ping -6 -c 1 -W 1 -I fw0 ff02::1 || true')
  await expect.poll(() => firewall.stats().judged.drop).toBeGreaterThan(1)
  await firewall.remove()
  expect(await world.ask(4000, 'hello', 'IPv6')).toBe('hello')
})

test('the largest packet of a path is found while everything else is dropped', async () => {
  const there = (line: string) => sh(`nsenter -t ${world.peerId} -n sh -c '${line}'`)
  there(
    'sysctl -qw net.ipv4.ip_forward=1; ip link add small type veth peer name end; ip addr add 10.97.0.1/24 dev small; ip link set small mtu 1280 up; ip link set end up',
  )
  sh('ip route add 10.97.0.0/24 via 10.99.0.2')
  try {
    const { asked } = await staged(world, {
      hooks: ['input', 'output'],
      match: undefined,
      judge: ({ direction }) => (direction === 'out' ? 'accept' : 'drop'),
    })
    // A datagram that forbids fragments: a router that cannot pass it on says how large it may be.
    const socket = createSocket('udp4')
    socket.on('error', () => {})
    socket.send('x'.repeat(1_400), 4000, '10.97.0.5')
    onTestFinished(() => void socket.close())
    await expect.poll(() => sh('ip route get 10.97.0.5'), { timeout: 10_000 }).toContain('mtu 1280')
    expect(asked.map(({ protocol }) => protocol)).toEqual(['udp'])
  } finally {
    sh('ip route del 10.97.0.0/24; ip route flush cache')
    there('ip link del small')
  }
})

describe('two firewalls', () => {
  test('with bits and queues of their own live side by side: a connection needs both', async () => {
    let second: FirewallVerdict = 'accept'
    const one = await staged(world, { name: 'one', mask: 0xff, queue: 1 })
    const two = await staged(world, { name: 'two', mask: 0xff00, queue: 2, judge: () => second })
    const line = await world.dial('peer', 4000)
    for (let i = 0; i < 5; i++) expect(await line.say(`${i}`)).toBe(`${i}`)
    expect([one, two].map(({ firewall }) => firewall.stats().packets)).toEqual([1, 1])
    second = 'reject'
    await two.firewall.reconsider()
    await expect(line.say('more')).rejects.toThrow(brokenOff)
    line.close()
    await expect(world.dial('peer', 4000)).rejects.toThrow('ECONNREFUSED')
    // The one that came last sees packets first: what it refuses, the other one is not asked about.
    expect(one.asked.length).toBe(1)
  })

  test('one of a queue that another has bound is refused, and leaves nothing', async () => {
    await staged(world, { name: 'one' })
    await expect(staged(world, { name: 'two' })).rejects.toThrow('another socket owns it')
    expect(tables()).toBe('table inet one')
  })
})

describe('confirmWithinSeconds', () => {
  test('takes everything back where nobody confirms, whatever absent says', async () => {
    const { firewall } = await staged(world, { absent: 'drop', judge: () => 'drop', confirmWithinSeconds: 0.3 })
    const unconfirmed = new Promise<void>((resolve) => firewall.once('unconfirmed', resolve))
    await unconfirmed
    expect(tables()).toBe('')
    expect(await world.ask(4000, 'hello')).toBe('hello')
  })

  test('keeps what is confirmed', async () => {
    const { firewall } = await staged(world, { absent: 'drop', confirmWithinSeconds: 0.5 })
    expect(sh('nft list chain inet staged decide')).toContain('bypass')
    await firewall.confirm()
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(sh('nft list chain inet staged decide')).not.toContain('bypass')
    expect(await world.ask(4000, 'hello')).toBe('hello')
  })
})

describe('options', () => {
  test.each<[object, string]>([
    [{ jugde: () => 'accept' }, 'did you mean "judge"'],
    [{ hooks: ['prerouting'] }, 'hooks: "prerouting" is none of input, output, forward'],
    [{ match: 'tcp dport 80 accept' }, '"accept" is no condition'],
    [{ match: 'tcp dprot 80' }, 'dport'],
    [{ mask: 3 }, '3 are needed'],
    [{ absent: undefined }, 'absent: undefined is none of accept, drop'],
  ])('%j', async (options, text) => {
    await expect(staged(world, options)).rejects.toThrow(text)
    expect(tables()).toBe('')
  })
})

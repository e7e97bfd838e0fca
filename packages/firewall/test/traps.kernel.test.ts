import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { FirewallVerdict } from '../src/index.ts'
import { kernelWorld } from './suites/kernel-world.ts'
import { brokenOff, deferred, staged } from './suites/stage.ts'

/** What goes wrong in programs that write such rules by hand. */

const world = await kernelWorld()
const sh = (line: string) => execFileSync('sh', ['-c', line], { encoding: 'utf8' })
const tables = () => sh('nft list tables').trim()

afterAll(() => world[Symbol.asyncDispose]())
afterEach(() => {
  sh('nft delete table inet others 2>/dev/null || true')
})

/** Datagrams to the peer with every value of a mask of three bits as their own mark: what CAP_NET_RAW alone lets a program do. */
const marked = (port: number) => `
import socket
for mark in range(8):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, 36, mark)
    s.sendto(b'%d' % mark, ('10.99.0.2', ${port}))
`

describe('a mark of a packet’s own is no verdict', () => {
  test.each(['prefer', 'off'] as const)(
    'whatever it is, the packet is judged; connections from the kernel: %s',
    async (conntrack) => {
      const { firewall } = await staged(world, { mask: 0x7, conntrack, judge: () => 'drop' })
      sh(
        'nft "add table inet others; add chain inet others late { type filter hook output priority 10; }; add rule inet others late udp dport 4000 counter"',
      )
      execFileSync('python3', ['-c', marked(4000)])
      await expect.poll(() => firewall.stats().judged.drop).toBe(8)
      expect(sh('nft list chain inet others late')).toContain('counter packets 0')
    },
  )

  test('and it is given back clean', async () => {
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

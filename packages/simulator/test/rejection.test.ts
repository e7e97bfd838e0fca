import { parseIp } from '@nfkit/ip-codec'
import { tcp, udp } from '@nfkit/ip-codec/build'
import { openQueue } from '@nfkit/nfqueue'
import { describe, expect, test } from 'vitest'
import { type Rule, SimulatedKernel } from '../src/index.ts'

const syn = tcp('192.0.2.1:1000 > 198.51.100.1:443', { syn: true, sequence: 7 })
const text = (answer: Uint8Array | undefined) => answer && `${parseIp(answer)}`

describe('a rule that rejects', () => {
  test('drops the packet, and its outcome has the answer', async () => {
    const kernel = new SimulatedKernel()
    kernel.rules.add({ hook: 'input', protocol: 'tcp', verdict: 'reject', rejectWith: 'tcp reset' })
    kernel.rules.add({ hook: 'input', verdict: 'reject', rejectWith: 'prohibited' })
    const { verdict, reason, answer } = await kernel.deliver(syn, { indev: 'eth0' })
    expect([verdict, reason, text(answer)]).toEqual([
      'drop',
      'rule',
      '198.51.100.1:443 > 192.0.2.1:1000 tcp RST ACK, 40 bytes',
    ])
    const other = await kernel.deliver(udp('192.0.2.1:1000 > 198.51.100.1:53'), { indev: 'eth0' })
    expect(parseIp(other.answer!)?.icmp).toMatchObject({ type: 3, code: 13 })
  })

  test('answers through OUTPUT and POSTROUTING of the device the packet came in on', async () => {
    const kernel = new SimulatedKernel()
    const out = [kernel.rules.add({ hook: 'output', outdev: 'eth0' }), kernel.rules.add({ hook: 'postrouting' })]
    kernel.rules.add({ hook: 'forward', verdict: 'reject' })
    await kernel.deliver(syn, { hook: 'forward', indev: 'eth0', outdev: 'lo' })
    expect(out.map(({ matched }) => matched)).toEqual([1, 1])
  })

  test('answers for others from its own address, and as them with a reset', async () => {
    const kernel = new SimulatedKernel({
      interfaces: { lo: 1, eth0: { index: 2, addresses: ['fd00::9', '192.0.2.254'] } },
    })
    kernel.rules.add({
      hook: 'forward',
      protocol: 'tcp',
      destinationPort: 443,
      verdict: 'reject',
      rejectWith: 'tcp reset',
    })
    kernel.rules.add({ hook: 'forward', verdict: 'reject' })
    const forwarded = { hook: 'forward', indev: 'eth0', outdev: 'lo' } as const
    const sources = async (packet: Uint8Array) => parseIp((await kernel.deliver(packet, forwarded)).answer!)?.source
    expect(await sources(syn)).toBe('198.51.100.1')
    expect(await sources(udp('192.0.2.1:1000 > 198.51.100.1:53'))).toBe('192.0.2.254')
    expect(await sources(udp('[fd00::1]:1000 > [fd01::1]:53'))).toBe('fd00::9')
    // Of its own packets the sender is told by itself.
    kernel.rules.add({ hook: 'output', protocol: 'udp', verdict: 'reject' })
    const { answer } = await kernel.deliver(udp('192.0.2.254:1000 > 198.51.100.1:53'), { hook: 'output' })
    expect(parseIp(answer!)?.source).toBe('192.0.2.254')
  })

  test('has its answers queued and dropped as other packets', async () => {
    const kernel = new SimulatedKernel()
    kernel.rules.add({ hook: 'input', verdict: 'reject' })
    kernel.rules.add({ hook: 'output', queue: 5 })
    const queue = await openQueue(kernel.connect(), { number: 5 })
    const seen = new Promise<string>((resolve) => {
      queue.run((packet) => {
        resolve(`${packet.ip}`)
        packet.drop()
      })
    })
    // That of a connection's first packet shares the connection with it, and would be dropped.
    await kernel.deliver(syn, { notrack: true })
    expect(await seen).toMatch(/^198\.51\.100\.1 > 192\.0\.2\.1 icmp/)
    await queue.close()
  })

  test.each([
    ['a multicast packet', udp('192.0.2.1:1000 > 224.0.0.251:53')],
    ['a packet from nobody', udp('0.0.0.0:68 > 198.51.100.1:67')],
    ['a multicast packet of IPv6', udp('[fd00::1]:1000 > [ff02::fb]:53')],
    ['a packet of IPv6 from nobody', udp('[::]:1000 > [fd00::2]:53')],
  ])('does not answer %s', async (_, packet) => {
    const kernel = new SimulatedKernel()
    kernel.rules.add({ hook: 'input', verdict: 'reject' })
    expect(await kernel.deliver(packet)).toMatchObject({ verdict: 'drop', answer: undefined })
  })

  test('has no answer in the outcome of others', async () => {
    expect((await new SimulatedKernel().deliver(syn, { queue: null })).answer).toBeUndefined()
  })
})

test('an address of an interface that is none is refused', () => {
  const interfaces = { lo: 1, eth0: { index: 2, addresses: ['192.0.2.254/24'] } }
  expect(() => new SimulatedKernel({ interfaces })).toThrow('192.0.2.254/24 is no address')
})

test.each<[string, object, RegExp]>([
  ['a condition that no rule has', { hook: 'input', protocl: 'tcp' }, /no option "protocl"; did you mean "protocol"/],
  ['a verdict that no rule has', { hook: 'input', verdict: 'refuse' }, /verdict: "refuse" is none of accept, drop, re/],
  ['an answer that there is not', { hook: 'input', verdict: 'reject', rejectWith: 'rst' }, /rejectWith: "rst" is none/],
  ['an answer to what is not rejected', { hook: 'input', verdict: 'drop', rejectWith: 'port' }, /verdict 'reject'/],
  [
    'a reset of what is not TCP',
    { hook: 'input', verdict: 'reject', rejectWith: 'tcp reset' },
    /needs protocol: 'tcp'/,
  ],
  ['a hook where nothing is rejected', { hook: 'postrouting', verdict: 'reject' }, /are rejected at prerouting, input/],
  ['the family of bridges', { hook: 'input', family: 'bridge', verdict: 'reject' }, /IP packets are rejected/],
])('a rule is refused for %s', (_, rule, sentence) => {
  expect(() => new SimulatedKernel().rules.add(rule as Rule)).toThrow(sentence)
})

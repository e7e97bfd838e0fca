import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { freshHost, rule, shell, until } from '../../../test/host.ts'
import { type Judgeable, openLog, Shadow } from '../src/index.ts'

beforeEach(() => freshHost())

/** The live policy drops every third port, the shadow every fourth. */
const isThird = (port: number) => port % 3 === 0
const isFourth = (port: number) => port % 4 === 0
const first = 5_000
const count = 6_000

/** Numbered datagrams to one port after another, with a pause after every 50. */
const flood = `python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(${count}):
    s.sendto(n.to_bytes(4, 'big'), ('127.0.0.1', ${first} + n % 600))
    if n % 50 == 49: time.sleep(0.01)"`

test('what differs between copies and packets of a kernel are the true differences', async () => {
  const match = `-p udp --dport ${first}:${first + 600}`
  rule(`-A INPUT ${match} -j NFLOG --nflog-group 5 --nflog-threshold 20`)
  rule(`-A INPUT ${match} -j NFQUEUE --queue-num 1`)
  const queue = await openQueue(openMnl(), { number: 1, conntrack: 'off', gso: true, maxLength: 10_000 })
  onTestFinished(() => queue.close())
  const log = await openLog(openMnl(), { group: 5, conntrack: 'off', flushMilliseconds: 10 })
  onTestFinished(() => log.close())
  const portOf = ({ ip }: { readonly ip: { readonly destinationPort: number | undefined } | undefined }) =>
    ip!.destinationPort!
  const shadow = new Shadow((packet: Judgeable) => (isFourth(portOf(packet)) ? 'drop' : 'accept'), {
    patienceMilliseconds: Number.POSITIVE_INFINITY,
  })
  const told = new Set<number>()
  shadow.on('difference', ({ packet }) => told.add(Buffer.from(packet.payload!).readUInt32BE(28)))
  queue.observe(shadow.judged)
  shadow.follow(log)
  queue.run((packet) => (isThird(portOf(packet)) ? 'drop' : 'accept'))
  await shell(flood)
  await until(() => shadow.report().compared + log.stats().lost === count, 'every packet to be compared')

  const differs = Array.from({ length: count }, (_, n) => first + (n % 600)).map(
    (port) => isThird(port) !== isFourth(port),
  )
  const { compared, different, kinds, ...rest } = shadow.report()
  // Copies that the kernel dropped are no differences; here there should be none.
  expect({ compared, ...rest }).toMatchObject({ compared: count, ambiguous: 0, failed: 0, waiting: 0 })
  expect(different).toBe(differs.filter(Boolean).length)
  expect(Object.keys(kinds).sort()).toEqual(['accept → drop', 'drop → accept'])
  expect(differs.every((is, n) => told.has(n) === is)).toBe(true)
})

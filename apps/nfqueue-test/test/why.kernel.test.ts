import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue, type Packet, type Queue, type QueueOptions } from '@nfkit/nfqueue'
import { openNftables, parse, table } from '@nfkit/nftables'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sh, shell } from '../../../test/host.ts'
import { steadyLoad } from '../../../test/load.ts'
import type { Cause } from '../src/why/cause.ts'
import { placement } from '../src/why/placement.ts'
import { subjectOf } from '../src/why/subject.ts'
import { type Answer, why } from '../src/why/why.ts'
import { Cli } from './cli.ts'

/** A peer in a network namespace of its own: 10.0.0.1 there, 10.0.0.2 here, and behind it 10.0.9.9, which no other can reach. */
let peer: ChildProcess
const there = (line: string) => sh(`nsenter --net=/proc/${peer.pid}/ns/net sh -c '${line}'`)

beforeAll(async () => {
  peer = spawn('unshare', ['--net', 'sleep', '3600'])
  await once(peer, 'spawn')
  await until(
    () => sh(`readlink /proc/${peer.pid}/ns/net`) !== sh('readlink /proc/self/ns/net'),
    () => 'its namespace',
  )
  sh(`ip link set lo up; ip link add near type veth peer name far netns ${peer.pid}`)
  sh('ip address add 10.0.0.2/24 dev near; ip link set near up')
  there('ip link set lo up; ip address add 10.0.0.1/24 dev far; ip link set far up; ip address add 10.0.9.9/32 dev lo')
  there('ip route add default via 10.0.0.2')
})
afterAll(() => {
  peer.kill('SIGKILL')
  sh('ip link delete near || true')
})

/** Programs start slowly on a machine that has other things to do. */
async function until(condition: () => boolean, what: () => string): Promise<void> {
  for (const start = performance.now(); !condition(); await new Promise((resolve) => setTimeout(resolve, 20)))
    if (performance.now() - start > 60_000) throw new Error(`waited in vain: ${what()}`)
}

/** What the scenarios opened. */
const opened: { close(): unknown }[] = []
let receiver: Socket
beforeEach(async () => {
  sh('nft flush ruleset; sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.near.rp_filter=0')
  receiver = createSocket('udp4')
  receiver.bind(4000, '0.0.0.0')
  await once(receiver, 'listening')
})
afterEach(async () => {
  receiver.close()
  for (const one of opened.splice(0)) await one.close()
  sh('nft flush ruleset')
})

const nft = (text: string) => sh(`nft -f - <<'END'\n${text}\nEND`)

/** A table whose chains queue, as nft would write them. This kernel's nft cannot queue, our rules can. */
async function rules(text: string): Promise<void> {
  const ours = await openNftables(openMnl())
  opened.push(ours)
  const tables = new Map<string, ReturnType<typeof table>>()
  await ours.commit((batch) => {
    for (const line of text.trim().split('\n')) {
      const [, family = '', name = '', chainText = '', body = ''] = /^\s*(\w+) (\w+) (\S+): (.*)$/.exec(line)!
      const [chainName = '', hook, priority] = chainText.split('/')
      const fw = tables.get(`${family} ${name}`) ?? table(family as 'inet', name, { dormant: name === 'asleep' })
      tables.set(`${family} ${name}`, fw)
      const chain = fw.chain(
        chainName,
        hook === undefined ? {} : { hook: hook as 'input', priority: Number(priority ?? 0) },
      )
      batch.add(fw, chain, ...(body === '' ? [] : [chain.rule(...parse(body))]))
    }
  })
}

async function reader(run: (queue: Queue) => void, options: Partial<QueueOptions> = {}): Promise<Queue> {
  const queue = await openQueue(openMnl(), { number: 5, deadlineMilliseconds: Number.POSITIVE_INFINITY, ...options })
  opened.push(queue)
  run(queue)
  return queue
}

/** What `why` says of a packet that is sent when it listens. */
async function answerOf(subject: string, send: () => unknown, seconds = 60): Promise<Answer> {
  let sent: unknown
  const ready = () => {
    sent = send()
  }
  const answers: Answer[] = []
  for await (const answer of why(subjectOf(subject), { seconds, packets: 1, ready })) {
    await sent
    answers.push(answer)
    // Its hooks go when nothing waits.
    for (const packet of held.splice(0)) packet.accept()
  }
  expect(answers).toHaveLength(1)
  return answers[0]!
}

const fromPeer = (to = '10.0.0.2/4000') =>
  shell(`nsenter --net=/proc/${peer.pid}/ns/net bash -c 'echo hello > /dev/udp/${to}' || true`)
const fromHere = (to: string) => shell(`bash -c 'echo hello > /dev/udp/${to}' || true`)

interface Scenario {
  readonly prepare?: () => unknown
  readonly subject?: string
  readonly send?: () => unknown
  readonly seconds?: number
  readonly cause: string
  readonly says: RegExp
}

/** Packets that a scenario leaves waiting. */
const held: Packet[] = []
const holding = (packet: Packet) => {
  packet.hold()
  held.push(packet)
}
const accepting = (queue: Queue) => void queue.run((packet) => packet.accept())
const judged = () => reader(accepting)

const scenarios: { readonly [what: string]: Scenario } = {
  'a chain of lower priority drops': {
    prepare: () => rules('inet fw early/input/-10: udp dport 4000 drop\ninet fw in/input/0: udp dport 4000 queue to 5'),
    cause: 'priority',
    says: /dropped by "udp dport 4000 drop" of inet fw early .* priority -10, before it came to .*queue to 5/,
  },
  'an earlier rule accepts': {
    prepare: () => rules('inet fw in/input: ip saddr 10.0.0.0/8 accept\ninet fw in/input: udp dport 4000 queue to 5'),
    cause: 'earlier accept',
    says: /"udp dport 4000 queue to 5" of inet fw in .* never reached: "ip saddr 10.0.0.0\/8 accept"/,
  },
  'an earlier rule drops': {
    prepare: () => rules('inet fw in/input: udp dport 4000 drop\ninet fw in/input: udp dport 4000 queue to 5'),
    cause: 'drop',
    says: /^dropped by "udp dport 4000 drop" of inet fw in/,
  },
  'the policy drops': {
    prepare: () =>
      nft('table inet fw { chain in { type filter hook input priority 0; policy drop; tcp dport 22 accept; }; }'),
    cause: 'policy',
    says: /dropped by the policy of inet fw in/,
  },
  'notrack in front of a condition about connections': {
    prepare: () =>
      rules(
        'inet fw raw/prerouting/-300: udp dport 4000 notrack\ninet fw in/input: ct state new udp dport 4000 queue to 5',
      ),
    cause: 'notrack',
    says: /"ct state new" does not hold, since "udp dport 4000 notrack" of inet fw raw/,
  },
  'a mark that is compared as a whole': {
    prepare: () =>
      rules('inet fw mark/prerouting/-150: meta mark set 0x101\ninet fw in/input: meta mark 0x1 queue to 5'),
    cause: 'mark',
    says: /"meta mark 0x0*1" does not hold/,
  },
  'no bypass, and no reader': {
    prepare: () => rules('inet fw in/input: udp dport 4000 queue to 5'),
    cause: 'unread',
    says: /sent it to queue 5, which no program reads/,
  },
  'bypass, and no reader': {
    prepare: () => rules('inet fw in/input: udp dport 4000 queue flags bypass to 5'),
    cause: 'bypass',
    says: /passed unjudged/,
  },
  'a reader that does not judge': {
    prepare: async () => {
      await rules('inet fw in/input: udp dport 4000 queue to 5')
      await reader((queue) => void queue.run(holding))
    },
    cause: 'waiting',
    says: new RegExp(`waits in queue 5.*wait for (process ${process.pid}|port id)`),
  },
  'a reader that drops': {
    prepare: async () => {
      await rules('inet fw in/input: udp dport 4000 queue to 5')
      await reader((queue) => void queue.run((packet) => packet.drop()))
    },
    cause: 'verdict',
    says: /dropped by the program behind queue 5/,
  },
  'the queue is read in another namespace': {
    prepare: async () => {
      await rules('inet fw in/input: udp dport 4000 queue to 5')
      const queue = await openQueue(openMnl({ netns: `/proc/${peer.pid}/ns/net` }), { number: 5 })
      opened.push(queue)
    },
    cause: 'namespace',
    says: /queue 5, which is read in another network namespace/,
  },
  'the reader is half configured': {
    prepare: async () => {
      await rules('inet fw in/input: udp dport 4000 queue to 5')
      opened.push(await halfConfigured(5))
    },
    cause: 'half configured',
    says: /queue 5, .* copies nothing/,
  },
  'the queue is full': {
    prepare: async () => {
      await rules('inet fw in/input: udp dport 4000 queue to 5')
      await reader((queue) => void queue.run(holding), { maxLength: 1 })
      await fromPeer()
    },
    cause: 'queue full',
    says: /queue 5, .* was full/,
  },
  'a strict reverse path filter': {
    prepare: () => sh('sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.near.rp_filter=1'),
    send: () =>
      shell(
        `nsenter --net=/proc/${peer.pid}/ns/net ${process.execPath} -e 'const s = require("node:dgram").createSocket("udp4"); s.bind(0, "10.0.9.9", () => s.send("x", 4000, "10.0.0.2", () => s.close()))'`,
      ),
    cause: 'rp_filter',
    says: /the way back to 10.0.9.9 is not by the interface it came in on/,
  },
  'nothing is forwarded': {
    subject: 'udp 10.5.0.9:4000',
    send: () => fromPeer('10.5.0.9/4000'),
    cause: 'forwarding',
    says: /10.5.0.9 is not an address of this host, and it forwards nothing/,
  },
  'there is no route onward': {
    prepare: () => sh('sysctl -qw net.ipv4.ip_forward=1; ip route replace unreachable 10.6.0.0/24'),
    subject: 'udp 10.6.0.9:4000',
    send: () => fromPeer('10.6.0.9/4000'),
    cause: 'no route',
    says: /no way to 10.6.0.9/,
  },
  'a forwarded packet, and the rule at input': {
    prepare: async () => {
      sh('sysctl -qw net.ipv4.ip_forward=1; ip route replace 10.7.0.0/24 via 10.0.0.1')
      await rules('inet fw in/input: udp dport 4000 queue to 5')
    },
    subject: 'udp 10.7.0.9:4000',
    send: () => fromPeer('10.7.0.9/4000'),
    cause: 'hook',
    says: /is at input, and the packet passed prerouting, forward, postrouting/,
  },
  'a table of the other family': {
    prepare: () => rules('ip6 fw in/input: udp dport 4000 queue to 5'),
    cause: 'family',
    says: /is about IPv6, and the packet is of IPv4/,
  },
  'a port that was translated before': {
    prepare: async () => {
      nft('table ip nat { chain pre { type nat hook prerouting priority -100; udp dport 4001 redirect to :4000; }; }')
      await rules('inet fw in/input: udp dport 4001 queue to 5')
    },
    subject: 'udp 10.0.0.2:4001',
    send: () => fromPeer('10.0.0.2/4001'),
    cause: 'translated',
    says: /"udp dport 4001" does not hold: "udp dport 4001 redirect to :4000" of ip nat pre .* has changed/,
  },
  'another interface': {
    prepare: () => rules('inet fw in/input: iifname "eth0" udp dport 4000 queue to 5'),
    cause: 'interface',
    says: /"iifname "?eth0"?" does not hold/,
  },
  'a chain that no rule jumps to': {
    prepare: () => rules('inet fw queues: udp dport 4000 queue to 5\ninet fw in/input: tcp dport 22 accept'),
    cause: 'unreached',
    says: /no base chain leads to it/,
  },
  'a table that sleeps': {
    prepare: () => rules('inet asleep in/input: udp dport 4000 queue to 5'),
    cause: 'asleep',
    says: /its table sleeps/,
  },
  'no rule that queues': { cause: 'no rule', says: /no rule of nf_tables hands packets to a queue/ },
  'no program that listens': {
    prepare: async () => {
      await rules('inet fw in/input: udp dport 4002 queue to 5')
      await judged()
    },
    subject: 'udp 10.0.0.2:4002',
    send: () => fromPeer('10.0.0.2/4002'),
    cause: 'no socket',
    says: /no program has udp port 4002 open/,
  },
  'a program that listens on another address': {
    prepare: async () => {
      await rules('inet fw in/input: udp dport 4003 queue to 5')
      await judged()
      const socket = createSocket('udp4')
      opened.push({ close: () => socket.close() })
      socket.bind(4003, '127.0.0.1')
      await once(socket, 'listening')
    },
    subject: 'udp 10.0.0.2:4003',
    send: () => fromPeer('10.0.0.2/4003'),
    cause: 'socket address',
    says: /open on 127.0.0.1 alone, not on 10.0.0.2/,
  },
  'a rule of iptables-legacy': {
    prepare: () => {
      sh('iptables-legacy -w -I INPUT -p udp --dport 4000 -j DROP')
      opened.push({ close: () => sh('iptables-legacy -w -F INPUT') })
    },
    cause: 'legacy',
    says: /iptables-legacy has tables here \(filter/,
  },
  'no neighbour answers': {
    prepare: () => rules('inet fw out/output: udp dport 4999 queue to 5'),
    subject: 'udp 10.0.0.77:4000',
    send: () => fromHere('10.0.0.77/4000'),
    cause: 'neighbour',
    says: /no neighbour says that it is 10.0.0.77/,
  },
  'an interface that is down': {
    prepare: () => {
      sh('ip link add idle type veth peer name idler; ip address add 10.8.0.1/24 dev idle')
      opened.push({ close: () => sh('ip link delete idle') })
    },
    subject: 'udp 10.8.0.9:4000',
    send: () => fromHere('10.8.0.9/4000'),
    seconds: 1,
    cause: 'interface down',
    says: /the interface idle, which leads to 10.8.0.9, is down/,
  },
  'an address of another namespace': {
    subject: 'udp 10.0.9.9:4000',
    send: () => there('bash -c "echo hello > /dev/udp/10.0.9.9/4000" || true'),
    seconds: 1,
    cause: 'other namespace',
    says: /10.0.9.9 is an address of another network namespace/,
  },
}

/** A socket that has bound a queue, and said nothing more. */
async function halfConfigured(number: number): Promise<{ close(): unknown }> {
  const { Connection } = await import('@nfkit/netlink-transport')
  const { encodeMessage, netfilter } = await import('@nfkit/netlink-codec/nfnetlink')
  const { nfqueueMessage, queueCommand, queueConfig } = await import('@nfkit/netlink-codec/nfqueue')
  const transport = openMnl()
  const connection = new Connection(transport, netfilter(nfqueueMessage))
  transport.receive(connection)
  const { type } = nfqueueMessage.config
  const cmd = { command: queueCommand.bind, pf: 2 } as never
  await connection.request(encodeMessage({ type, flags: 4, resourceId: number }, queueConfig, { cmd }))
  return transport
}

const sentences = ({ causes }: Answer) => causes.map(({ cause, text }: Cause) => `${cause}: ${text}`)

describe('why names the cause:', () => {
  test.each(Object.entries(scenarios))('%s', async (_, { prepare, subject, send, seconds, cause, says }) => {
    await prepare?.()
    const answer = await answerOf(subject ?? 'udp 10.0.0.2:4000', send ?? (() => fromPeer()), seconds)
    expect(sentences(answer)).toContainEqual(expect.stringMatching(new RegExp(`^${cause}: `)))
    const { text, fix } = answer.causes.find((one) => one.cause === cause)!
    expect(text).toMatch(says)
    expect(fix).not.toBe('')
    expect(sh('nft list tables')).not.toContain('nfkit-trace')
  })
})

describe('the doctor names, without a packet,', () => {
  const findings = async (queue: number) => {
    const told: string[] = []
    for (const { state, text } of await placement(queue)) if (state !== 'ok') told.push(`${state}: ${text}`)
    return told
  }

  test.each<[string, () => unknown, RegExp]>([
    [
      'a chain that no rule jumps to',
      () => rules('inet fw queues: udp dport 4000 queue to 5'),
      /^problem: .* sees no packet: no base chain leads to it/,
    ],
    [
      'a table that sleeps',
      () => rules('inet asleep in/input: udp dport 4000 queue to 5'),
      /^problem: .* sees no packet: its table sleeps/,
    ],
    [
      'a rule that feeds another queue',
      () => rules('inet fw in/input: udp dport 4000 queue to 6'),
      /^warning: rules of nf_tables feed other queues: 6/,
    ],
    [
      'a reader in another network namespace',
      async () => opened.push(await openQueue(openMnl({ netns: `/proc/${peer.pid}/ns/net` }), { number: 5 })),
      /^warning: queue 5 is read in another network namespace/,
    ],
  ])('%s', async (_, prepare, says) => {
    await prepare()
    expect(await findings(5)).toContainEqual(expect.stringMatching(says))
  })
})

describe('nfqueue-test why', () => {
  const started = async (...args: string[]) => {
    const run = new Cli(['why', ...args])
    opened.push({ close: () => run.process.kill('SIGKILL') })
    await until(
      () => run.err.includes('looking for packets') || run.code !== undefined,
      () => `it to listen: ${run.err}`,
    )
    return run
  }

  const ended = async (run: Cli) => {
    await until(
      () => run.code !== undefined,
      () => `its end: ${run.err}`,
    )
    return run.code
  }

  test('prints the way of a packet and what decided', async () => {
    nft(
      'table inet fw { chain in { type filter hook input priority 0; ip saddr 10.0.0.1 jump deep; }; chain deep { udp dport 4000 counter drop; }; }',
    )
    const run = await started('udp 10.0.0.2:4000')
    await fromPeer()
    expect(await ended(run)).toBe(0)
    expect(run.err).toContain('no packet waits in a queue that this could cost')
    const lines = run.out.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^udp 10\.0\.0\.1:\d+ > 10\.0\.0\.2:4000: dropped \(prerouting > input …\)$/)
    expect(lines.slice(1)).toEqual([
      '  inet fw in input 0  ip saddr 10.0.0.1 jump deep jump',
      expect.stringMatching(/^ {2}inet fw deep {2}udp dport 4000 counter packets 1 bytes \d+ drop drop$/),
      expect.stringMatching(/^→ dropped by "udp dport 4000 counter/),
      expect.stringMatching(/^ {2}take the rule out/),
    ])
  })

  test('--json is a line a packet; nothing seen is exit code 1', async () => {
    const run = await started('udp dport 4000', '--json', '--count', '2')
    await fromPeer()
    await fromPeer()
    expect(await ended(run)).toBe(0)
    const [first, second] = run.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(second).toMatchObject({ kind: 'path', outcome: 'delivered', causes: [{ cause: 'no rule' }] })
    expect(first.header).toMatchObject({ destination: '10.0.0.2', destinationPort: 4000, protocol: 17, version: 4 })
    const none = await started('tcp 10.0.0.2:1', '--seconds', '1')
    expect(await ended(none)).toBe(1)
    expect(none.out).toContain('no such packet came within 1 seconds')
  })

  test('where packets come without a pause, a process holds its hooks, and none is lost', async () => {
    await rules('inet fw in/input: udp dport 4000 queue to 5')
    // One always waits, whatever the machine has to do.
    let waiting: Packet | undefined
    const queue = await reader((queue) => {
      queue.run((packet) => {
        packet.hold()
        waiting?.accept()
        waiting = packet
      })
    })
    using load = steadyLoad('127.0.0.1', 4000, 4_000)
    const run = await started('udp 127.0.0.1:4000', '--patience', '1')
    expect(await ended(run)).toBe(0)
    expect(run.err).toMatch(/its empty table stays until no packet waits in any queue \(process \d+\)/)
    expect(sh('nft list tables')).toContain('nfkit-trace')
    const { sent } = await load.stop()
    await until(
      () => queue.stats().received === sent,
      () => 'all packets to be read',
    )
    waiting?.accept()
    await until(
      () => !sh('nft list tables').includes('nfkit-trace'),
      () => 'its table to go',
    )
    expect(queue.stats()).toMatchObject({ received: sent, verdicts: { accept: sent } })
  })

  test('takes conditions of nft, and says what is none', async () => {
    const run = new Cli(['why', 'tcp 10.0.0.2:https'])
    expect(await ended(run)).toBe(1)
    expect(run.err).toMatch(/is neither PROTOCOL ADDRESS:PORT nor a condition of nft/)
  })
})

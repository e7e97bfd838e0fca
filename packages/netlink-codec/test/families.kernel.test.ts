import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ipProtocol, parseAddress, parseHex } from '@nfkit/inet'
import { describe, expect, test } from 'vitest'
import { status, tcpState } from '../src/conntrack/constants.ts'
import { conntrackMessage, timeoutMessage } from '../src/conntrack/message.ts'
import { statsCpu, statsGlobal } from '../src/conntrack/statistics.ts'
import { type Conntrack, conntrack } from '../src/conntrack/table.ts'
import { timeoutPolicy, timeoutTcp } from '../src/conntrack/timeout.ts'
import {
  decode,
  decodeAck,
  type Header,
  type Infer,
  type Message,
  messageFlags,
  messages,
  offendingAttribute,
  type Table,
} from '../src/index.ts'
import { encodeMessage, netfilterOf } from '../src/nfnetlink/header.ts'
import { nfqueueMessage } from '../src/nfqueue/message.ts'
import { queueCommand, queueConfig } from '../src/nfqueue/table.ts'
import { everything } from './everything.ts'

const { request, ack, create, exclusive, dump } = messageFlags
const program = fileURLToPath(new URL('./kernel.py', import.meta.url))

/** A request and its table. */
const ask = <T extends Table>(header: Header, table: T, value: Infer<T>): Uint8Array =>
  encodeMessage(header, table, value)

/** What the kernel says to requests sent one after another on one socket: the messages that answer each. */
function exchange(...requests: readonly Uint8Array[]): Message[][] {
  const input = requests.map((bytes) => Buffer.from(bytes).toString('hex')).join('\n')
  const { stdout, stderr, status } = spawnSync('python3', [program], { input: `${input}\n`, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const answers = stdout.split('\n\n').slice(0, requests.length)
  return answers.map((lines) => lines.split('\n').flatMap((line) => [...messages(parseHex(line)!)]))
}

const read = <T extends Table>(table: T, message: Message): Infer<T> => {
  const { bytes, start, end } = netfilterOf(message).attrs
  return decode(table, bytes, start, end)
}
const errnoOf = (answer: readonly Message[] | undefined): number => decodeAck(answer!.at(-1)!).errno

/** Whether this kernel has a subsystem: it answers EINVAL for one it does not know. */
const has = (type: number): boolean =>
  errnoOf(exchange(ask({ type, flags: request | ack | dump }, conntrack, {}))[0]) !== 22

const end = (address: string, port: number) => ({ address: parseAddress(address)!, port })
const tuple = (from: ReturnType<typeof end>, to: ReturnType<typeof end>) => ({
  ip: { v4Src: from.address, v4Dst: to.address },
  proto: { num: ipProtocol.tcp, srcPort: from.port, dstPort: to.port },
})
const [a, b] = [end('10.1.0.1', 1000), end('10.1.0.2', 2000)]
const flow: Conntrack = {
  tupleOrig: tuple(a, b),
  tupleReply: tuple(b, a),
  timeout: 100,
  mark: 0x2a,
  protoinfo: { tcp: { state: tcpState.established, wscaleOriginal: 3, wscaleReply: 4 } },
}

describe('the kernel takes what we encode, and we read what it answers', () => {
  test('a connection, made, read, changed and removed', () => {
    const of = (type: { readonly type: number }, flags: number) => ({
      type: type.type,
      flags: flags | request,
      family: 2,
    })
    const [made, again, got, gone] = exchange(
      ask(of(conntrackMessage.new, ack | create | exclusive), conntrack, flow),
      ask(of(conntrackMessage.new, ack | create | exclusive), conntrack, flow),
      ask(of(conntrackMessage.get, 0), conntrack, { tupleOrig: flow.tupleOrig }),
      ask(of(conntrackMessage.delete, ack), conntrack, { tupleOrig: flow.tupleOrig }),
    )
    expect([errnoOf(made), errnoOf(again), errnoOf(gone)]).toEqual([0, 17, 0])
    const value = read(conntrack, got![0]!)
    expect(value).toMatchObject({ tupleOrig: flow.tupleOrig, tupleReply: flow.tupleReply, mark: 0x2a })
    expect(value.protoinfo?.tcp).toMatchObject({ state: tcpState.established })
    expect(value.status! & status.confirmed).toBe(status.confirmed)
    expect(value.unknown).toBeUndefined()
  })

  test('statistics, of the table and of each processor', () => {
    const [all, each] = exchange(
      ask({ type: conntrackMessage.getStats.type, flags: request }, statsGlobal, {}),
      ask({ type: conntrackMessage.getStatsCpu.type, flags: request | dump }, statsCpu, {}),
    )
    expect(read(statsGlobal, all![0]!)).toEqual({ entries: expect.any(Number), maxEntries: expect.any(Number) })
    expect(Object.keys(read(statsCpu, each![0]!))).toContain('insertFailed')
    expect(read(statsCpu, each![0]!).unknown).toBeUndefined()
  })

  test('a refusal, down to the name of the attribute', () => {
    const good = ask({ type: nfqueueMessage.config.type, flags: request | ack }, queueConfig, {
      cmd: { command: queueCommand.bind, pf: 0 },
      queueMaxlen: 1,
    })
    const short = good.slice()
    new Uint8Array(short.buffer, 28).set([5, 0]) // NFQA_CFG_QUEUE_MAXLEN of one byte
    const [answer] = exchange(short)
    const said = decodeAck(answer![0]!)
    expect(said).toMatchObject({ errno: 34, extended: { msg: expect.stringMatching(/./), offs: 28 } })
    expect(offendingAttribute(answer![0]!, said, everything)).toBe('NFQA_CFG_QUEUE_MAXLEN')
  })

  test('a timeout policy, and the defaults of a protocol', (context) => {
    if (!has(timeoutMessage.get.type)) context.skip('this kernel has no timeout policies')
    const data = { established: 77, close: 5 }
    const policy = { name: 'test', l3proto: 2, l4proto: ipProtocol.tcp }
    const of = (type: { readonly type: number }, flags: number) => ({
      type: type.type,
      flags: flags | request,
      family: 2,
    })
    const [made, got, defaults, gone] = exchange(
      ask(of(timeoutMessage.new, ack | create), timeoutPolicy, { ...policy, data }),
      ask(of(timeoutMessage.get, 0), timeoutPolicy, { name: 'test' }),
      ask(of(timeoutMessage.defaultGet, 0), timeoutPolicy, { l3proto: 2, l4proto: ipProtocol.tcp }),
      ask(of(timeoutMessage.delete, ack), timeoutPolicy, { name: 'test' }),
    )
    expect([errnoOf(made), errnoOf(gone)]).toEqual([0, 0])
    const value = read(timeoutPolicy, got![0]!)
    expect(value).toMatchObject({ ...policy, use: expect.any(Number) })
    expect(value.data).toMatchObject(data)
    const times = read(timeoutPolicy, defaults![0]!).data
    expect(Object.keys(times!).sort()).toEqual(Object.keys(timeoutTcp.rows).sort())
  })
})

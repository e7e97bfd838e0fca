import { u16 } from '@nfkit/netlink-codec'
import { conntrackMessage, tcpState } from '@nfkit/netlink-codec/conntrack'
import { SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ConntrackTable, FlowLookup, openConntrack } from '../src/index.ts'
import { tcp, udp6 } from './suites/tuples.ts'

let kernel: SimulatedKernel
let ct: ConntrackTable
let sent: number

beforeEach(async () => {
  kernel = new SimulatedKernel()
  const transport = kernel.connect()
  ct = await openConntrack(transport)
  await ct.create({ original: tcp(1), timeoutSeconds: 600, mark: 5, tcp: { state: 'established' } })
  const send = transport.send.bind(transport)
  sent = 0
  transport.send = (datagram) => {
    if ((u16(datagram, 4) & 0xff) !== (conntrackMessage.get.type & 0xff)) sent++
    send(datagram)
  }
})
afterEach(() => {
  ct.close()
  expect(kernel.sockets).toEqual([])
})

const flow = { original: tcp(2), timeoutSeconds: 600 }
const echo = { protocol: 'icmp', source: { address: '10.0.0.1' }, destination: { address: '10.0.0.2' } }
const master = tcp(1)
const expected = { tuple: tcp(9), master }
const policy = { name: 'a', family: 'ipv4', protocol: 'udp', seconds: { replied: 3 } }
const helper = { name: 'a', family: 'ipv4', protocol: 'udp', queue: 1, privateDataLength: 0 }
const classes = [{ name: 'one', expectMax: 1, timeoutSeconds: 60 }]

type Call = (ct: ConntrackTable) => unknown
const update =
  (changes: object): Call =>
  (ct) =>
    ct.update(tcp(1), changes)
const create =
  (more: object, options?: object): Call =>
  (ct) =>
    ct.create({ ...flow, ...more }, options)

/** What a JavaScript program may say by mistake, and what it is told. */
// biome-ignore lint/suspicious/noExplicitAny: nobody checks its types.
const refused: readonly (readonly [what: string, call: (ct: any) => unknown, sentence: string])[] = [
  ['update({ marks })', update({ marks: 7 }), 'FlowChanges: there is no "marks"; did you mean "mark"?'],
  ['update({ timeout })', update({ timeout: 7 }), 'did you mean "timeoutSeconds"?'],
  ['update(null)', update(null as never), 'null is no object'],
  ['update({ mark: {} })', update({ mark: {} }), 'CTA_MARK'],
  ['update({ mark: [] })', update({ mark: [] }), 'CTA_MARK'],
  ['update({ mark: NaN })', update({ mark: { value: Number.NaN, mask: 255 } }), 'CTA_MARK'],
  ['update({ mark: -1 })', update({ mark: { value: -1, mask: 255 } }), 'CTA_MARK'],
  ['update({ mark: text })', update({ mark: { value: '7', mask: 15 } }), 'CTA_MARK'],
  ['update({ mark: 2 ** 32 })', update({ mark: { value: 2 ** 32 + 5 } }), 'CTA_MARK'],
  ['update({ mark without value })', update({ mark: { mask: 4 } }), 'CTA_MARK'],
  ['update({ state })', update({ tcp: { state: 'establishd' } }), 'did you mean "established"?'],
  ['update({ state of Object })', update({ tcp: { state: 'toString' } }), 'there is no state "toString"'],
  ['update({ tcp: { sate } })', update({ tcp: { sate: 3 } }), 'FlowChanges tcp: there is no "sate"'],
  ['update({ tcp flags })', update({ tcp: { originalFlags: { flag: 1 } } }), 'did you mean "flags"?'],
  ['update({ tcp flags not in mask })', update({ tcp: { replyFlags: { flags: 9, mask: 1 } } }), 'not in the mask'],
  ['update({ sctp }) of TCP', update({ sctp: { state: 3, originalTag: 1, replyTag: 1 } }), 'another protocol'],
  ['update({ tcp }) of UDP', (ct) => ct.update(udp6(1), { tcp: { state: 3 } }), 'another protocol'],
  ['update({ dccp }) of TCP', update({ dccp: { state: 1, role: 'client' } }), 'another protocol'],
  ['update({ status: srcNat })', update({ status: ['assured', 'srcNat'] }), 'the kernel ignores "srcNat"'],
  ['update({ status: offload })', update({ status: ['offload'] }), 'the kernel ignores "offload"'],
  ['update({ status: 0x10000 })', update({ status: 0x1_0008 }), 'ignores those above 0xffff'],
  ['update({ status: -1 })', update({ status: -1 }), 'CTA_STATUS'],
  ['update({ labels: {} of another })', update({ labels: { sett: [1] } }), 'did you mean "set"?'],
  ['update({ labels set and cleared })', update({ labels: { set: [1], clear: [1] } }), 'both set and cleared'],
  [
    'update({ sequence })',
    update({ originalSequenceAdjustment: { position: 1, before: Number.NaN, after: 0 } }),
    'CTA_SEQ',
  ],
  ['update({ synproxy })', update({ synproxy: { isn: 1, its: 1, tsof: 1 } }), 'did you mean "tsoff"?'],
  ['create({ replly })', create({ replly: tcp(3) }), 'NewFlow: there is no "replly"; did you mean "reply"?'],
  ['create({ nat: { src } })', create({ nat: { src: {} } }), 'NewFlow nat: there is no "src"'],
  ['create({ nat: { source: {} } })', create({ nat: { source: {} } }), 'needs an address or a port'],
  ['create({ nat last without first })', create({ nat: { source: { lastPort: 5 } } }), 'needs the first'],
  ['create({ nat target })', create({ nat: { source: { adress: '10.0.0.9' } } }), 'did you mean "address"?'],
  ['create({ zones })', create({ original: tcp(2, { zone: 1 }), zone: 2 }), 'differ'],
  ['create({ reply zone })', create({ reply: { ...tcp(3), zone: 2 } }), 'a zone of its own'],
  ['create({ two zones })', create({ zone: { original: 1, reply: 2 } }), 'of one'],
  ['create with ports of ICMP', create({ original: { ...tcp(2), protocol: 'icmp' } }), 'icmp has no ports'],
  ['create with icmp of TCP', create({ original: { ...tcp(2), icmp: { type: 8, code: 0, id: 1 } } }), 'has no icmp'],
  [
    'create with a misspelt end',
    create({ original: { ...tcp(2), source: { adress: '::1' } } }),
    'did you mean "address"?',
  ],
  ['create(onExisting)', create({}, { onExisting: 'replace' }), 'there is no way to treat an existing entry "replace"'],
  ['create(options)', create({}, { onExists: 'update' }), 'there is no "onExists"'],
  ['get(options)', (ct) => ct.get(tcp(1), { zeros: true }), 'did you mean "zero"?'],
  ['get(icmp without ids)', (ct) => ct.get(echo), 'needs icmp'],
  ['get(nothing)', (ct) => ct.get(undefined), 'undefined is no object'],
  ['get(bad tuple)', (ct) => ct.get({ protocol: 'tcp' }), 'undefined is no object'],
  ['get(misspelt tuple)', (ct) => ct.get({ ...tcp(1), zoen: 1 }), 'did you mean "zone"?'],
  ['find(-1)', (ct) => ct.find(-1), 'CTA_ID'],
  ['features(filter)', (ct) => ct.features({ marks: 1 }), 'did you mean "mark"?'],
  ['explain(filter)', (ct) => ct.explain({ state: 'constructor' }), 'there is no state "constructor"'],
  ['flush(null)', (ct) => ct.flush(null), 'null is no object'],
  ['flush(filter)', (ct) => ct.flush({ destinationPorts: 53 }), 'did you mean "destinationPort"?'],
  ['dump(filter)', (ct) => ct.dump({ state: 'constructor' }).toArray(), 'there is no state "constructor"'],
  ['dump(options)', (ct) => ct.dump({}, { lists: 'dying' }).toArray(), 'did you mean "list"?'],
  ['dump(list)', (ct) => ct.dump({}, { list: 'dyng' }).toArray(), 'did you mean "dying"?'],
  ['dump(onInterrupted)', (ct) => ct.dump({}, { onInterrupted: 'retyr' }).toArray(), 'did you mean "retry"?'],
  ['dump(signal)', (ct) => ct.dump({}, { signal: new AbortController() }).toArray(), 'no AbortSignal'],
  ['expectations.create', (ct) => ct.expectations.create({ ...expected, clas: 1 }), 'did you mean "class"?'],
  [
    'expectations.create flags',
    (ct) => ct.expectations.create({ ...expected, flags: ['toString'] }),
    'there is no flag',
  ],
  ['expectations.create match', (ct) => ct.expectations.create({ ...expected, match: { port: true } }), 'no "port"'],
  [
    'expectations.create nat',
    (ct) => ct.expectations.create({ ...expected, nat: { direction: 'originl', tuple: tcp(4) } }),
    'did you mean "original"?',
  ],
  ['expectations.dump', (ct) => ct.expectations.dump({ mater: master }).next(), 'did you mean "master"?'],
  ['expectations.flush', (ct) => ct.expectations.flush({ helper: 'a', master }), 'there is no "master"'],
  ['timeouts.create', (ct) => ct.timeouts.create({ ...policy, secs: {} }), 'there is no "secs"'],
  ['timeouts.create how', (ct) => ct.timeouts.create(policy, { onExisting: 'update' }), 'existing policy "update"'],
  ['timeouts.create protocol', (ct) => ct.timeouts.create({ ...policy, protocol: 'toString' }), 'there is no protocol'],
  ['helpers.create', (ct) => ct.helpers.create({ ...helper, classes, enable: true }), 'did you mean "enabled"?'],
  ['helpers.create class', (ct) => ct.helpers.create({ ...helper, classes: [{ ...classes[0], max: 1 }] }), 'no "max"'],
]

describe('a mistake is refused by name, and nothing but a question is sent', () => {
  test.each(refused)('%s', async (_what, call, sentence) => {
    let promise: unknown
    // Methods that promise to reject do not throw.
    expect(() => {
      promise = call(ct)
    }).not.toThrow()
    await expect(promise).rejects.toMatchObject({ name: 'EncodeError', message: expect.stringContaining(sentence) })
    expect(sent).toBe(0)
    expect(kernel.conntrack.entries.map(({ mark }) => mark)).toEqual([5])
  })

  const opened: typeof refused = [
    ['events(options)', (ct) => ct.events({ kind: ['new'] }), 'did you mean "kinds"?'],
    ['events(kinds)', (ct) => ct.events({ kinds: ['created'] }), 'there is no kind "created"'],
    ['events(kind of Object)', (ct) => ct.events({ kinds: ['toString'] }), 'there is no kind "toString"'],
    ['events(no kinds)', (ct) => ct.events({ kinds: [] }), '"kinds" is empty'],
    ['events(filter)', (ct) => ct.events({ filter: { marc: 5 } }), 'did you mean "mark"?'],
    ['events(receiveBuffer)', (ct) => ct.events({ receiveBuffer: Number.NaN }), 'receiveBuffer'],
    ['events(signal)', (ct) => ct.events({ signal: new AbortController() }), 'no AbortSignal'],
    ['watch(filter)', (ct) => ct.watch({ marc: 5 }), 'did you mean "mark"?'],
    ['watch(options)', (ct) => ct.watch({}, { resyncSecond: 5 }), 'did you mean "resyncSeconds"?'],
    ['watch(NaN)', (ct) => ct.watch({}, { resyncSeconds: Number.NaN }), '"resyncSeconds" is NaN'],
    ['watch(-1)', (ct) => ct.watch({}, { resyncSeconds: -1 }), '"resyncSeconds" is -1'],
    ['watch(receiveBuffer)', (ct) => ct.watch({}, { receiveBuffer: -1 }), 'receiveBuffer'],
    ['watch(signal)', (ct) => ct.watch({}, { signal: new AbortController() }), 'no AbortSignal'],
    ['lookup(options)', (ct) => ct.lookup({ maxAge: 5 }), 'did you mean "maxAgeMilliseconds"?'],
    ['lookup(size)', (ct) => new FlowLookup(ct, { size: Number.NaN }), 'FlowLookupOptions size'],
    ['lookup(age)', (ct) => new FlowLookup(ct, { maxAgeMilliseconds: Number.NaN }), 'maxAgeMilliseconds'],
  ]
  test.each(opened)('%s, before a socket is opened', (_what, call, sentence) => {
    const before = kernel.sockets.length
    const error = { name: 'EncodeError', message: expect.stringContaining(sentence) }
    expect(() => call(ct)).toThrow(expect.objectContaining(error))
    expect(kernel.sockets).toHaveLength(before)
  })
})

test('a condition that answers with a promise is refused: it would mean every flow', async () => {
  const where = async () => false
  await expect(ct.flush({ where } as never)).rejects.toThrow('has to answer true or false at once')
  expect(await ct.count()).toBe(1)
})

test('bits an entry has already may be repeated', async () => {
  const original = { ...tcp(7), zone: 0 }
  await ct.create({ original, timeoutSeconds: 600, nat: { source: { address: '10.0.0.7' } } })
  const before = (await ct.get(original))!.status!
  await ct.update(original, { status: before | 4, tcp: { state: tcpState.established } })
  expect((await ct.get(original))?.status).toBe(before | 4)
})

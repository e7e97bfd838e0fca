import { EncodeError } from '@nfkit/netlink-codec'
import { describe, expect, test } from 'vitest'
import {
  accept,
  addTo,
  assign,
  comment,
  concat,
  counter,
  ct,
  drop,
  fib,
  ip,
  ip6,
  ipv4Address,
  ipv6Address,
  jump,
  limit,
  log,
  map,
  meta,
  queue,
  reject,
  service,
  snat,
  table,
  tcp,
  udp,
  update,
  vmap,
} from '../src/index.ts'

const fw = table('inet', 'fw', { owner: true })
const exact = fw.set('exact', { key: ipv4Address, timeouts: true })
const nets = fw.set('nets', { key: ipv4Address, interval: true })
const six = fw.set('six', { key: ipv6Address })
const ports = fw.set('ports', { key: service })
const pairs = fw.set('pairs', { key: [ipv4Address, service] })
const verdicts = fw.map('verdicts', { key: 'mark', value: 'verdict' })
const marks = fw.map('marks', { key: ipv4Address, value: 'mark' })
const input = fw.chain('input', { hook: 'input', priority: 'filter' })

describe('values are frozen data', () => {
  test.each([
    ['a table', fw],
    ['a chain', input],
    ['a set', exact],
    ['a map', verdicts],
    ['an object', fw.counter('hits')],
    ['an element', exact.element('192.0.2.1')],
    ['a rule', input.rule(accept())],
    ['a condition', tcp.dport.in([80, 443])],
    ['a statement', limit(10)],
  ])('%s', (_, value) => {
    expect(Object.isFrozen(value)).toBe(true)
    expect(structuredClone({ ...value })).toEqual({ ...value })
  })

  test('a table says what it was given, and what it was not', () => {
    expect(fw).toMatchObject({ kind: 'table', family: 'inet', name: 'fw', owner: true, persist: false, dormant: false })
    expect(input.base).toEqual({ hook: 'input', priority: 0, policy: 'accept', type: 'filter' })
    expect(table('bridge', 'b').chain('c', { hook: 'forward', priority: 'filter' }).base?.priority).toBe(-200)
    expect(exact).toMatchObject({ key: ['ipv4_addr'], interval: false, timeouts: true, dynamic: false })
  })

  test('a rule has its comment and, where the table is told to, the line that made it', () => {
    const told = table('inet', 'fw', { sources: 'file' }).chain('input')
    const rule = told.rule(counter(), drop(), comment('a spammer'))
    expect(rule).toMatchObject({ table: 'fw', chain: 'input', comment: 'a spammer' })
    expect(rule.source).toMatch(/^values\.test\.ts:\d+$/)
    expect(table('inet', 'fw', { sources: 'path' }).chain('input').rule(drop()).source).toMatch(
      /^\/.*values\.test\.ts:\d+$/,
    )
    expect(input.rule(drop()).source).toBeUndefined()
  })

  test('values are canonical, however they are written', () => {
    expect(ip.saddr.is('10.1.2.3/8')).toEqual(ip.saddr.is('10.0.0.0/8'))
    expect(ip.saddr.is('10.1.2.3/32')).toEqual(ip.saddr.is('10.1.2.3'))
    expect(ip6.saddr.is('2001:0db8::0001')).toEqual(ip6.saddr.is('2001:db8::1'))
    expect(tcp.dport.is({ from: 80, to: 80 })).toEqual(tcp.dport.is(80))
    expect(tcp.dport.in([80])).toEqual(tcp.dport.is(80))
    expect(meta.l4proto.is(6)).toEqual(meta.l4proto.is('tcp'))
    expect(ct.state.in(['related', 'established']).right).toEqual({ value: 'established,related' })
  })
})

describe('what cannot be meant does not compile, and is refused with the reason', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'a network in an exact set',
      // @ts-expect-error a network is no element of a set without intervals
      () => exact.element('10.0.0.0/8'),
      /10.0.0.0\/8 is a network, and the set has single values: make it with `interval: true`/,
    ],
    [
      'a range in an exact set',
      // @ts-expect-error a range is no element of a set without intervals
      () => ports.element({ from: 1, to: 9 }),
      /1-9 is a range, and the set has single values/,
    ],
    // @ts-expect-error a port is no address
    ['a port where an address belongs', () => exact.element(443), /443 is no IPv4 address/],
    // @ts-expect-error a port is no address
    ['a port where an address is compared', () => ip.saddr.is(443), /443 is no IPv4 address/],
    // @ts-expect-error an address is no port
    ['an address where a port belongs', () => tcp.dport.is('10.0.0.1'), /"10.0.0.1" is no inet_service/],
    [
      'an IPv6 address in IPv4',
      // @ts-expect-error the address of the other family
      () => ip.saddr.is('fe80::1'),
      /fe80::1 is no IPv4 address: match the other family with ip6/,
    ],
    // @ts-expect-error the address of the other family
    ['an IPv4 address in IPv6', () => ip6.saddr.is('10.0.0.1'), /10.0.0.1 is no IPv6 address/],
    // @ts-expect-error the address of the other family
    ['an IPv6 address in a set of IPv4', () => exact.element('fe80::1'), /fe80::1 is no IPv4 address/],
    // @ts-expect-error a map is looked up with vmap
    ['a verdict map looked up as a set', () => meta.mark.in(verdicts), /a set is needed, and "verdicts" is a map/],
    // @ts-expect-error a set has no verdicts
    ['a set looked up as a verdict map', () => vmap(ip.saddr, exact), /a map is needed, and "exact" is a set/],
    // @ts-expect-error a map without verdicts
    ['a map of values looked up for verdicts', () => vmap(ip.saddr, marks), /the map "marks" has no verdicts/],
    // @ts-expect-error a map is needed
    ['nothing looked up in', () => vmap(ip.saddr, null), /a map is needed: one of a table, or a list/],
    // @ts-expect-error a map is needed
    ['a value looked up in', () => map(ip.saddr, 'marks'), /a map is needed: one of a table, or a list/],
    // @ts-expect-error an entry is a pair
    ['an entry that leads to nothing', () => map(tcp.dport, [22]), /an entry of a map is a key and what it leads to/],
    // @ts-expect-error a set of other keys
    ['a set of other keys', () => ip.saddr.in(ports), /the set "ports" is of inet_service, and ipv4_addr is needed/],
    // @ts-expect-error a set of the other family
    ['a set of the other family', () => ip.saddr.in(six), /the set "six" is of ipv6_addr, and ipv4_addr is needed/],
    // @ts-expect-error one part is missing
    ['an element with too few parts', () => pairs.element('192.0.2.1'), /an element has 1 parts, and 2 are needed/],
    // @ts-expect-error the parts are of other types
    ['an element with its parts swapped', () => pairs.element([80, '192.0.2.1']), /80 is no IPv4 address/],
    [
      'a state that does not exist',
      // @ts-expect-error the state has another name
      () => ct.state.in(['estblished']),
      /"estblished" is no ct_state: did you mean "established"/,
    ],
    // @ts-expect-error a verdict is needed
    ['a value in a verdict map', () => verdicts.element(1, 5), /its values are verdicts/],
    // @ts-expect-error a mark is needed
    ['a verdict in a map of values', () => marks.element('192.0.2.1', accept()), /an object is no mark/],
    [
      'an element of another type added by a rule',
      // @ts-expect-error the set has another key
      () => addTo(exact, tcp.dport),
      /the set is of ipv4_addr, and inet_service is selected/,
    ],
    // @ts-expect-error a key that is no type
    ['a key that is no type', () => fw.set('x', { key: 'ipv4' }), /key: "ipv4" is none of/],
    [
      'an option that is none',
      // @ts-expect-error an option that is none
      () => fw.set('x', { key: ipv4Address, timeout: true }),
      /there is no option "timeout"; did you mean "timeouts"/,
    ],
    // @ts-expect-error a hook that is none
    ['a hook that is none', () => fw.chain('x', { hook: 'inputs' }), /have no "inputs": did you mean "input"/],
    [
      'a statement that was not called',
      // @ts-expect-error a function that was not called
      () => input.rule(drop),
      /neither a condition nor a statement: call the function, as in drop\(\)/,
    ],
    // @ts-expect-error an answer that is none
    ['an answer that is none', () => reject('tcp rest'), /there is no answer "tcp rest": did you mean "tcp reset"/],
    // @ts-expect-error it cannot be written
    ['a field that cannot be written', () => assign(ip.saddr, 5), /it cannot be written/],
    [
      'a concatenation looked up in parts of other types',
      // @ts-expect-error parts swapped
      () => concat(tcp.dport, ip.saddr).in(pairs),
      /is of ipv4_addr . inet_service, and inet_service . ipv4_addr is needed/,
    ],
  ])('%s', (_, make, reason) => {
    expect(make).toThrow(reason)
  })

  test.each<[string, () => unknown, RegExp]>([
    ['a port above 65535', () => tcp.dport.is(65536), /does not fit into 2 bytes/],
    ['a fraction', () => tcp.dport.is(1.5), /no whole number/],
    ['a negative number', () => udp.sport.is(-1), /does not fit/],
    [
      'a range that ends before it begins',
      () => tcp.dport.is({ from: 9, to: 1 }),
      /the range 9-1 ends before it begins/,
    ],
    ['an empty list', () => tcp.dport.in([]), /the list is empty/],
    ['a comparison with a range', () => tcp.dport.in([{ from: 9, to: 1 }, 2]), /ends before it begins/],
    ['a timeout in a set without', () => nets.element('10.0.0.0/8', { timeoutSeconds: 5 }), /have no timeouts/],
    ['a timeout of nothing', () => exact.element('10.0.0.1', { timeoutSeconds: 0 }), /no time above 0/],
    ['a rule that goes on behind its end', () => input.rule(drop(), counter()), /"drop" ends the rule/],
    ['two comments', () => input.rule(comment('a'), comment('b')), /two comments/],
    ['a comment too long', () => comment('x'.repeat(129)), /1 to 128 bytes/],
    ['a policy without a hook', () => fw.chain('x', { policy: 'drop' }), /only a base chain/],
    [
      'a priority of another family',
      () => table('bridge', 'b').chain('x', { hook: 'input', priority: 'raw' }),
      /have no "raw"/,
    ],
    ['a hook of another family', () => table('arp', 'a').chain('x', { hook: 'prerouting' }), /have no "prerouting"/],
    ['ingress without a device', () => fw.chain('x', { hook: 'ingress' }), /needs the name of a device/],
    ['a name too long', () => table('inet', 'x'.repeat(256)), /1 to 255 bytes/],
    ['a name that is empty', () => fw.chain(''), /1 to 255 bytes/],
    ['a constant set with timeouts', () => fw.set('x', { key: 'mark', constant: true, timeouts: true }), /constant/],
    ['a set without a key', () => fw.set('x', {} as never), /key/],
    [
      'a key above 64 bytes',
      () => fw.set('x', { key: ['ipv6_addr', 'ipv6_addr', 'ipv6_addr', 'ipv6_addr', 'mark'] }),
      /has 68 bytes, and the kernel takes 64/,
    ],
    ['a key without a length', () => fw.set('x', { key: 'integer' }), /no length of their own/],
    [
      'a rule that changes a set that stands',
      () => update(ports, tcp.dport),
      /only a set with `timeouts: true` or `dynamic: true`/,
    ],
    ['a level and a group', () => log({ level: 'info', group: 5 }), /give one of them/],
    ['a length without a group', () => log({ snaplen: 5 }), /are of a group/],
    ['a queue above 65535', () => queue(0, 65536), /to: 65536/],
    ['queues that run backwards', () => queue(5, 3), /to: 3/],
    ['a translation to no address', () => snat({ address: 'example.com' }), /neither an IPv4 nor an IPv6 address/],
    [
      'a value with bits outside the mask',
      () => assign(meta.mark, meta.mark, { mask: 0xf0, value: 1 }),
      /outside the mask/,
    ],
    ['a jump to nothing', () => jump(undefined as never), /its name is missing/],
    ['a rate of nothing', () => limit(0), /rate: 0/],
    ['an input of fib that is none', () => fib('saddr', 'iif').oif.is('lost' as never), /is no iface_index/],
    ['a user of no number', () => meta.skuid.is('root' as never), /"root" is no uid: write a number/],
  ])('%s', (_, make, reason) => {
    expect(make).toThrow(reason)
  })

  test('the error is an EncodeError with its place', () => {
    const refused = () => ip.saddr.is('300.0.0.1')
    expect(refused).toThrow(EncodeError)
    expect(refused).toThrow(expect.objectContaining({ where: 'ip saddr' }))
  })
})

test('a field whose bits lie in two bytes is in no set but a list by itself', () => {
  const classes = fw.set('classes', { key: 'dscp', timeouts: true })
  const reason = 'its bits lie in two bytes'
  expect(() => ip6.dscp.in(classes)).toThrow(reason)
  expect(() => concat(ip6.dscp, tcp.dport).in([['cs1', 22]])).toThrow(reason)
  expect(() => addTo(classes, ip6.dscp)).toThrow(reason)
  expect(() => ip.dscp.in([64])).toThrow('it has 6 bits: from 0 to 63')
  expect(() => ip.dscp.in([1, { from: 2, to: 3 }])).toThrow('part of a byte is looked up by its values')
  expect(ip6.dscp.in(['cs1', 'af11']).right).toEqual({ list: ['cs1', 'af11'] })
  expect(concat(ip.dscp, tcp.dport).in([['cs1', 22]]).left).toEqual(['ip dscp', 'tcp dport'])
})

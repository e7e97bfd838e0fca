import { errno } from '@nfkit/netlink-codec'
import { conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { expect, test } from 'vitest'
import { type Profile, profiles } from '../src/index.ts'
import { Bench, config, udp } from './queueing.ts'
import { attribute, typeAt } from './talk.ts'
import { A, CtBench, flags, flow, tuple } from './tracking.ts'

const profile = profiles['6.18']

test('what one kernel does and others do not', () => {
  const names = Object.keys(profiles)
  const [v61, v612, v618, v72, v73] = names
  const havingIt = (key: keyof Profile) =>
    Object.entries(profiles).flatMap(([name, profile]) => (profile[key] === true ? [name] : []))
  const switches = Object.entries(profile).flatMap(([key, value]) => (typeof value === 'boolean' ? [key] : []))
  expect(Object.fromEntries(switches.map((key) => [key, havingIt(key as keyof Profile)]))).toEqual({
    glue: [v61, v612, v72, v73],
    userHelpers: [v61, v612, v72, v73],
    secmark: [v61, v612],
    synproxy: names,
    flagsInPolicy: [v72, v73],
    classid: [v612, v618, v72, v73],
    dropsSharedUnconfirmed: [v612, v618, v72, v73],
    validatesPayload: [v72, v73],
    chargesBeforeCheck: names,
    zoneFilter: [v612, v618, v72, v73],
    flushFilter: [v612, v618, v72, v73],
    invertedIpv6Filter: [v61, v618, v72],
    filteredDone: [v61, v612, v72, v73],
    eventTimestamp: [v618, v72, v73],
    helperCanBeCleared: [v61, v612, v618],
    helperDeletableInUse: [v72, v73],
    joinsAtVerdict: [v61],
    cutsRewritten: [v612, v618, v72, v73],
    greClashes: [v612, v618, v72, v73],
    icmpClashes: [v73],
    leavesOutRouterDiscovery: [v612, v618, v72, v73],
    keptResetCloses: [v61, v618, v72],
    dccp: [v61, v612],
    keepsShortDccp: [v612, v618, v72, v73],
    udplite: [v61, v612, v618],
  })
})

test('chargesBeforeCheck is whether a datagram that fills the buffer beyond its end is refused', () => {
  for (const [chargesBeforeCheck, fits] of [
    [true, 256],
    [false, 257],
  ] as const) {
    const bench = new Bench({ profile: { ...profile, chargesBeforeCheck } })
    for (let i = 0; i < 300; i++) void bench.kernel.deliver(udp)
    expect(bench.socket.received.length).toBe(fits)
  }
})

test('unknownCommand is how an unknown command of a queue is refused', () => {
  for (const unknownCommand of [errno.EOPNOTSUPP, errno.ENOTSUPP]) {
    const bench = new Bench({ profile: { ...profile, unknownCommand } })
    for (const number of [0, 5, 255])
      for (const queue of [0, 4]) expect(bench.config(queue, config.command(number))).toBe(-unknownCommand)
  }
})

test('hertz bounds timeouts, which are counted in ticks', () => {
  for (const [hertz, longest] of [
    [profile.hertz, 8_589_934],
    [1000, 2_147_483],
  ] as const) {
    const bench = new CtBench({ profile: { ...profile, hertz } })
    expect(bench.create({ ...flow(A), timeout: 0xffff_ffff })).toBe(0)
    expect(bench.get({ tupleOrig: tuple(A) })).toMatchObject({ timeout: longest })
  }
})

test('synproxy is whether entries have room for a SYN proxy', () => {
  for (const synproxy of [false, true]) {
    const bench = new CtBench({ profile: { ...profile, synproxy } })
    bench.create(flow(A))
    expect('synproxy' in (bench.get({ tupleOrig: tuple(A) }) as object)).toBe(synproxy)
  }
})

test('validatesPayload is whether a new payload must begin with a right IP header', async () => {
  const unfragmented = udp.with(6, 0)
  for (const [bytes, right] of [
    [udp, true],
    [unfragmented, true],
    [udp.with(3, 99), false],
    [udp.with(0, 0x65), false],
    [udp.with(0, 0x46), false],
    [udp.with(7, 1), false],
  ] as const) {
    for (const validatesPayload of [false, true]) {
      const bench = new Bench({ profile: { ...profile, validatesPayload } })
      const { outcome } = bench.deliver()
      expect(bench.judge(1, 1, attribute(10, bytes))).toBe(0)
      expect((await outcome).verdict).toBe(right || !validatesPayload ? 'accept' : 'drop')
    }
  }
})

test('helperCanBeCleared is whether an empty name takes the helper off a connection', () => {
  for (const helperCanBeCleared of [false, true]) {
    const bench = new CtBench({ profile: { ...profile, helperCanBeCleared } })
    bench.create({ ...flow(A), help: { name: 'tftp' } })
    expect(bench.errno(0x100, { tupleOrig: tuple(A), help: { name: '' } })).toBe(
      helperCanBeCleared ? 0 : -errno.EOPNOTSUPP,
    )
    expect('help' in (bench.get({ tupleOrig: tuple(A) }) as object)).toBe(!helperCanBeCleared)
  }
})

test('invertedIpv6Filter is whether a dump tells the IPv6 addresses that its filter does not name', () => {
  const name = '[fd00::1]:1 > [fd00::2]:2'
  const inverted = Object.entries(profiles).filter(([, profile]) => {
    const bench = new CtBench({ profile })
    bench.create(flow(name, 6), flags.create, 10)
    const found = (text: string) => {
      const value = { tupleOrig: tuple(text, 6), filter: { origFlags: 1 } }
      const request = bench.request(conntrackMessage.get, value, { flags: 0x301, family: 10 })
      return bench.ask(request).some((bytes) => typeAt(bytes) === conntrackMessage.new.type)
    }
    expect(found('[fd00::9]:1 > [fd00::2]:2')).toBe(!found(name))
    return !found(name)
  })
  expect(inverted.map(([kernel]) => kernel)).toEqual(['debian-6.1', '6.18', '7.2'])
})

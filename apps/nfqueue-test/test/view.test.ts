import type { JudgedConnection } from '@nfkit/firewall'
import { parseAddress } from '@nfkit/inet'
import { Attrs, encodeAttrs } from '@nfkit/netlink-codec'
import { conntrack, Flow } from '@nfkit/netlink-codec/conntrack'
import { describe, expect, test } from 'vitest'
import { type FirewallSight, firewallLines } from '../src/firewall/view.ts'
import { flowLines } from '../src/flows/view/live.ts'
import { Table } from '../src/terminal/screen/table.ts'
import { cut, padded, widthOf, wrapped } from '../src/text/width.ts'
import { Emulator } from './emulator.ts'

/** What a live view looks like: a screen on which it is drawn. */
function drawn(lines: readonly string[], columns: number): Emulator {
  const screen = new Emulator(columns, 24)
  screen.write(lines.map((line) => `${line}\r\n`).join(''))
  return screen
}

const ip = (source: string, destination: string) =>
  source.includes(':')
    ? { v6Src: parseAddress(source)!, v6Dst: parseAddress(destination)! }
    : { v4Src: parseAddress(source)!, v4Dst: parseAddress(destination)! }

function flow(source: string, destination: string, helper?: string): Flow {
  const proto = { num: 6, srcPort: 40_000, dstPort: 443 }
  const counters = { packets: 1_234n, bytes: 5_678_901n }
  const attributes = {
    tupleOrig: { ip: ip(source, destination), proto },
    tupleReply: { ip: ip(destination, source), proto: { num: 6, srcPort: 443, dstPort: 40_000 } },
    protoinfo: { tcp: { state: 3 } },
    timeout: 431_999,
    mark: 0xff00_0001,
    countersOrig: counters,
    countersReply: counters,
    ...(helper === undefined ? {} : { help: { name: helper } }),
  }
  return new Flow(new Attrs(encodeAttrs(conntrack, attributes)), source.includes(':') ? 10 : 2)
}

const flows = [
  { flow: flow('192.0.2.1', '198.51.100.2', 'ftp'), age: 0 },
  { flow: flow('2001:db8:1:2:3:4:5:6', '2001:db8:6:5:4:3:2:1', '日本語の'), age: 3 },
]
const flowSight = { size: 2, changes: 5, order: 'bytes', isCounted: false, firstOnes: () => flows } as const

const connection = (destination: string, name?: string) =>
  ({
    direction: 'out',
    protocol: 'tcp',
    source: { address: '2001:db8:1:2:3:4:5:6', port: 40_000 },
    destination: { address: destination, port: 443 },
    toJSON: () => ({ name, owner: { kind: 'socket', socket: { uid: 1000 } } }),
  }) as unknown as JudgedConnection

const judged = (destination: string, name?: string) => ({
  connection: connection(destination, name),
  verdict: 'reject' as const,
  epoch: 3,
  milliseconds: 0.5,
  packets: 2,
  timestampNs: 0n,
})

const firewallSight: FirewallSight = {
  name: 'parental',
  epoch: 3,
  stats: {
    packets: 24,
    judged: { accept: 12, drop: 0, reject: 7 },
    remembered: 0,
    unjudged: 1,
    outdated: 0,
    undecided: 2,
  },
  census: { alive: { accept: 12, drop: 0, reject: 7 }, cachedPackets: { accept: 120, drop: 0, reject: 0 } } as never,
  judged: [judged('2001:db8:6:5:4:3:2:1', 'very.long.name.of.a.host.example'), judged('192.0.2.9', '例え.テスト')],
  keys: ['r reads the policy anew', 'c confirms', 'q ends'],
}

describe.each([60, 80, 200])('on a terminal of %i columns', (columns) => {
  const views = {
    flows: () => flowLines(flowSight, { columns, rows: 20 }),
    firewall: () => firewallLines(firewallSight, { columns, rows: 20 }),
  }

  test.each(Object.entries(views))('%s', (_, lines) => {
    const screen = drawn(lines(), columns)
    expect([screen.wraps, screen.scrolls]).toEqual([0, 0])
    // The clock's zone is the reader's.
    expect(`\n${screen.text.replaceAll(/\d\d:\d\d:\d\d\.\d{6}/g, 'hh:mm:ss.micros')}\n`).toMatchSnapshot()
  })

  test('little height shows what is first', () => {
    for (const rows of [4, 6]) {
      const lines = firewallLines(firewallSight, { columns, rows })
      expect(lines.length).toBeLessThanOrEqual(rows)
      expect(lines.join('\n')).toMatch(/VERDICT.*\n.*192\.0\.2\.9/)
    }
  })
})

describe('a table', () => {
  const columns = [
    { heading: 'A', show: ([a]: readonly string[]) => a! },
    { heading: 'B', rank: 1, least: 3, show: ([, b]: readonly string[]) => b! },
    { heading: 'C', rank: 2, show: ([, , c]: readonly string[]) => c! },
  ]
  const lines = (room?: number) => {
    const table = new Table(columns, room)
    const rows = table.rows([
      ['one', 'abcdef', 'x'],
      ['two', '漢字かな', ''],
    ])
    return [table.headings(), ...rows]
  }

  test('has every cell where there is room', () => {
    expect(lines()).toEqual(['A   B        C', 'one abcdef   x', 'two 漢字かな'])
  })
  test('cuts first, with a mark, and leaves out what is least, with a mark', () => {
    expect(lines(12)).toEqual(['A   B      C', 'one abcdef x', 'two 漢字…'])
    expect(lines(9)).toEqual(['A   B   C', 'one ab… x', 'two 漢…'])
    expect(lines(8)).toEqual(['A …', 'one', 'two'])
    expect(lines(4)).toEqual(['A …', 'o…', 't…'])
    expect(lines(1)).toEqual(['A …', '…', '…'])
  })
})

describe('width', () => {
  test.each([
    ['abc', 3],
    ['漢字', 4],
    ['ｶﾅ', 2],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['\u200b', 0],
    ['…→', 2],
  ])('of %j', (text, width) => expect(widthOf(text)).toBe(width))

  test('is kept when text is cut or filled up', () => {
    expect([cut('漢字', 3), cut('abc', 3), cut('abcd', 3), cut('abc', 1), cut('abc', 0)]).toEqual([
      '漢…',
      'abc',
      'ab…',
      '…',
      '',
    ])
    expect([padded('漢', 4), padded('abc', 2)]).toEqual(['漢  ', 'abc'])
  })

  test('parts are not torn, but cut where one alone is too long', () => {
    expect(wrapped(['one', 'two', 'three'], 10)).toEqual(['one; two', 'three'])
    expect(wrapped(['much too long'], 6)).toEqual(['much …'])
  })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './packaging/published.ts'

interface Contestant {
  readonly name: string
  readonly ours?: boolean
  readonly series?: string
  readonly at?: number
}

const rows = (...names: string[]): Contestant[] => names.map((name) => ({ name, ours: /^node(?!,)/.test(name) }))
const steps = (...at: number[]): Contestant[] =>
  at.flatMap((at) =>
    rows('node', 'node, by hand, kept', 'c-mmsg').map(({ name, ours = false }) => ({
      name: `${name} at ${at}`,
      series: name,
      at,
      ours,
    })),
  )
const scene = (name: string, contestants: readonly Contestant[], more: object = {}) => ({
  name,
  contestants,
  metrics: [],
  ...more,
})
/** Nanoseconds of three rounds. */
const cpu = (...rounds: number[]) => rounds.map((cpu) => ({ cpu }))
const stages = ['kernel: waits', 'decode (netlink-codec)', 'Node and libuv'].map((stage) => ({
  key: stage,
  title: stage,
}))

/** What `--json` prints, as much as pictures and goals need. */
const report = {
  machine: { cpu: 'A Processor', cores: 2, kernel: '6.18', node: '20.20' },
  noise: { load: [3, 2.2, 1] },
  options: { rounds: 3 },
  scenes: [
    scene('saturated-64', rows('c-mmsg', 'node, empty', 'node, by hand', 'node')),
    scene('saturated-1400', rows('c-mmsg', 'node')),
    scene('growth-waiting', steps(1, 64, 8192), { axis: 'packets that wait' }),
    scene('life', rows('node'), { metrics: stages }),
    scene('rate', rows('node')),
  ],
  samples: {
    'saturated-64': {
      'c-mmsg': cpu(1000, 1000, 1000, 1000),
      'node, empty': cpu(1040, 1040, 1040, 1040),
      'node, by hand': cpu(1060, 1060, 1060, 1060),
      node: [...cpu(1050, 1100), { failure: 'it ended' }, ...cpu(2000)],
    },
    'saturated-1400': { 'c-mmsg': cpu(2000), node: cpu(4000) },
    'growth-waiting': {
      'node at 1': cpu(1000),
      'node at 64': cpu(1000),
      'node at 8192': cpu(3000),
      'node, by hand, kept at 1': cpu(600),
      'node, by hand, kept at 8192': cpu(1800),
      'c-mmsg at 1': cpu(500),
      'c-mmsg at 8192': cpu(1500),
    },
    life: { node: [{ 'kernel: waits': 300, 'decode (netlink-codec)': 75 }] },
  },
}

const folder = mkdtempSync(join(tmpdir(), 'nfkit-plots-'))
let printed = ''
beforeAll(() => {
  const file = join(folder, 'report.json')
  writeFileSync(file, JSON.stringify(report))
  const argv = ['bench/run.mjs', '--from', file, '--plot', '--into', join(folder, 'plots')]
  printed = execFileSync(process.execPath, argv, { cwd: root, encoding: 'utf8' })
})
afterAll(() => rmSync(folder, { recursive: true }))

const picture = (name: string) => readFileSync(join(folder, 'plots', `${name}.svg`), 'utf8')
const textsOf = (svg: string) => Array.from(svg.matchAll(/<text[^>]*>([^<]+)<\/text>/g), ([, text]) => text)
/** How long bars are, by what a reader hears of them. */
const barsOf = (svg: string) =>
  Array.from(
    svg.matchAll(/<path aria-label="([^"]*)"[^>]*aria-roledescription="bar" d="M0,[.\d]+h([.\d]+)v/g),
    ([, said, length]) => ({
      said,
      length: Number(length),
    }),
  )

test('a report is drawn without being measured, each picture for which it has samples', () => {
  expect(readdirSync(join(folder, 'plots')).sort()).toEqual(['cost.svg', 'growth.svg', 'life.svg'])
})

describe('what a packet costs', () => {
  test('has every contestant, both sizes, the unit, and what it was measured on', () => {
    expect(textsOf(picture('cost'))).toEqual(
      expect.arrayContaining([
        ...[
          'c-mmsg',
          'node, empty',
          'node, by hand',
          'node',
          '64 bytes',
          '1400 bytes',
          'CPU, µs a packet',
          'nfkit',
          'C',
        ],
        'A Processor, 2 processors, Linux 6.18, Node 20.20; median and extremes of 3 rounds, load average 2',
      ]),
    )
  })

  test('has bars in proportion from nothing on, as long as the median of the rounds that did not fail', () => {
    const bars = barsOf(picture('cost'))
    expect(bars).toHaveLength(6)
    const each = bars.map(({ said, length }) => length / Number(/packet: ([.\d]+)/.exec(said!)![1]))
    for (const factor of each) expect(factor).toBeCloseTo(each[0]!, 3)
    expect(bars.map(({ said }) => said)).toContain('CPU, µs a packet: 1.1; contestant: node; whose: nfkit')
  })

  test('has the extremes of each', () => {
    expect(picture('cost')).toContain('CPU, µs a packet: 1.05; contestant: node; max: 2"')
  })
})

test('growth is drawn over factors, a line for each series, without steps that were not measured', () => {
  const svg = picture('growth')
  expect(textsOf(svg)).toEqual(expect.arrayContaining(['packets that wait', 'CPU, µs a packet', '1', '64', '8,192']))
  const points = Array.from(
    svg.matchAll(
      /aria-label="packets that wait: ([\d,]+); CPU, µs a packet: ([.\d]+); whose: (\w+)"[^>]*"point" transform="translate\(([.\d]+),/g,
    ),
    ([, at, cost, whose, x]) => ({ at: Number(at!.replace(',', '')), cost: Number(cost), whose, x: Number(x) }),
  )
  expect(points.filter(({ whose }) => whose === 'nfkit').map(({ at, cost }) => [at, cost])).toEqual([
    [1, 1],
    [64, 1],
    [8192, 3],
  ])
  expect(points.filter(({ whose }) => whose === 'C')).toHaveLength(2)
  const [one, middle, last] = [1, 64, 8192].map((wanted) => points.find(({ at }) => at === wanted)!.x)
  expect((middle! - one!) / (last! - one!)).toBeCloseTo(Math.log(64) / Math.log(8192), 3)
})

test('one packet’s time has a bar for each stage that has samples', () => {
  const bars = barsOf(picture('life'))
  expect(bars.map(({ said }) => said)).toEqual([
    'CPU, ns a packet: 300; stage: kernel: waits; whose: the kernel',
    'CPU, ns a packet: 75; stage: decode (netlink-codec); whose: nfkit',
  ])
  expect(bars[0]!.length / bars[1]!.length).toBeCloseTo(4, 3)
})

test.each(['cost', 'growth', 'life'])(
  '%s says what it shows to who does not see it, and has colours for light and dark paper',
  (name) => {
    const svg = picture(name)
    expect(svg).toMatch(/^<svg role="img" aria-label="[^"]{30,}"/)
    expect(svg).toContain('@media (prefers-color-scheme: dark)')
    const used = new Set(Array.from(svg.matchAll(/var\((--\w+)\)/g), ([, colour]) => colour))
    for (const colour of used) expect(svg.split(`${colour}: #`)).toHaveLength(3)
    expect(svg.replace(/<style>.*?<\/style>/, '')).not.toMatch(/#[0-9a-f]{3,6}"|"(black|white|gray)"/)
  },
)

describe('of the goals', () => {
  const rowOf = (what: string) => printed.split('\n').find((line) => line.includes(what))

  test('one that is missed says how far it is from what no program on Node can better, and is as near as it can be within 5 %', () => {
    expect(rowOf('CPU a packet, 64 bytes')).toMatch(
      /P1 .* ≤ 1.05 .* 1.10 .* node, by hand: 1.06 .* 1.04 .* at the floor/,
    )
  })

  test('one without a floor is missed', () => {
    expect(rowOf('CPU a packet, 1400 bytes')).toMatch(/P1 .* 2.00 \[.*NOT MET|P1 .* 2.00 .*NOT MET/)
  })

  test('growth is that of both, one over the other', () => {
    expect(rowOf('8,192 packets wait')).toMatch(/P13 .* 3.00 .* node, by hand, kept: 3.00 .* 1.00 .* at the floor/)
  })

  test('those nothing was measured for are left out', () => {
    expect(rowOf('P15')).toBeUndefined()
  })
})

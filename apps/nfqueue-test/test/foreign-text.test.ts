import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linktype, PcapngWriter } from '@nfkit/capture'
import { FileSink } from '@nfkit/capture/file'
import { udp } from '@nfkit/ip-codec/build'
import { Attrs, encodeAttrs } from '@nfkit/netlink-codec'
import { conntrack, Flow } from '@nfkit/netlink-codec/conntrack'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { printer } from '../src/flows/format.ts'
import { jsonLine } from '../src/text/json.ts'
import { cli } from './cli.ts'

const evil = 'e\x1b[31m\x9b2k\x7f'
const shown = 'e\\x1b[31m\\x9b2k\\x7f'
/** What a terminal obeys; line feeds are the program's own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const obeyed = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/

let folder: string
let capture: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-text-'))
  capture = join(folder, 'evil.pcapng')
  const writer = new PcapngWriter(new FileSink(capture))
  // The kernel has interfaces of its own with the first numbers.
  const numbers = Array.from({ length: 9 }, () => writer.addInterface({ linktype: linktype.raw, name: `${evil}\nx` }))
  writer.record({
    interface: numbers.at(-1)!,
    timestampNs: 1n,
    parts: [udp('10.0.0.1:5 > 10.0.0.2:53', { payload: 'a' })],
  })
  writer.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the name of an interface', async () => {
  const run = await cli(['replay', capture])
  expect(run.out).toContain(` in ${shown}\\x0ax `)
  expect(run.out + run.err).not.toMatch(obeyed)
})

const handlers: readonly [string, string, string][] = [
  ['throws', `(packet) => { throw new Error(${JSON.stringify(evil)}) }`, `(threw: Error: ${shown})`],
  ['throws what is long', `() => { throw new Error('x'.repeat(9_000_000)) }`, `${'x'.repeat(493)}…`],
  ['throws after its verdict', `(packet) => { packet.drop(); throw ${JSON.stringify(evil)} }`, `${shown}, after`],
  [
    'throws later',
    `(packet) => { packet.drop(); setTimeout(() => { throw new Error(${JSON.stringify(evil)}) }) }`,
    shown,
  ],
  ['cannot be loaded', '() => {}; await Promise.reject(new Error("a\\x1bb"))', 'a\\x1bb'],
]
test.each(handlers)('the error of a handler that %s', async (_, body, said) => {
  const handler = join(folder, 'handler.mjs')
  writeFileSync(handler, `export default ${body}`)
  const run = await cli(['replay', capture, '--handler', handler])
  expect(run.err).toContain(said)
  expect(run.err).not.toMatch(obeyed)
  expect(run.err.length).toBeLessThan(3_000)
})

test.each([
  ['a file', ['replay', `/${evil}`]],
  ['a file to decode', ['decode', `/${evil}`]],
  ['a written file', ['replay', '-q', '--write', `/none/${evil}`]],
  ['a handler', ['replay', '--handler', `/${evil}`]],
  ['an option', ['--mark', evil, '0']],
  ['an option nobody knows', ['0', `--${evil}`]],
  ['a filter', ['replay', '--match', evil]],
  ['a connection', ['flows', 'get', evil, '10.0.0.1:1', '10.0.0.2:1']],
] as const)('the name of %s', async (_, args) => {
  const run = await cli(args.length === 2 || args[0] !== 'replay' ? args : [...args, capture])
  expect(run.code).toBe(1)
  expect(run.err).toContain(shown)
  expect(run.err).not.toMatch(obeyed)
})

test('the name of a helper', () => {
  const flow = new Flow(new Attrs(encodeAttrs(conntrack, { tupleOrig: {}, help: { name: `${evil}\n` } })), 2)
  for (const format of ['columns', 'conntrack'] as const)
    expect(printer({ format })([flow])).toContain(`helper${format === 'columns' ? ' ' : '='}${shown}\\x0a`)
  for (const format of ['columns', 'conntrack', 'save', 'json'] as const)
    expect(printer({ format })([flow])).not.toMatch(obeyed)
})

test('JSON stays what it was', () => {
  expect(JSON.parse(jsonLine({ text: evil }))).toEqual({ text: evil })
  expect(jsonLine({ text: evil })).not.toMatch(obeyed)
})

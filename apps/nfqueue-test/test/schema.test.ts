import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openConntrack } from '@nfkit/conntrack'
import { openNftables, parse, table } from '@nfkit/nftables'
import { SimulatedKernel } from '@nfkit/simulator'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { schemaOf as schemaOfOption } from '../src/cli/json-option.ts'
import { program } from '../src/program.ts'
import { changeJson, tableJson } from '../src/rules/json.ts'
import { type SchemaName, schemaNames, schemaOf } from '../src/schema/catalog.ts'
import { jsonLine } from '../src/text/json.ts'
import { cli } from './cli.ts'
import { expectLines, schemaFile, validatorOf } from './schema.ts'

const demo = join(import.meta.dirname, '../captures/demo.pcapng')
const vectors = join(import.meta.dirname, '../../../packages/netlink-codec/test/vectors')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-schema-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function* commandsOf(command: Command): Generator<Command> {
  yield command
  for (const child of command.commands) yield* commandsOf(child)
}

describe('the published files', () => {
  test.each(schemaNames)('%s is what the command line says, and a schema of draft 2020-12', (name) => {
    // When this fails: npm run refresh, after npm run build
    expect(readFileSync(schemaFile(name), 'utf8')).toBe(`${JSON.stringify(schemaOf(name), null, 2)}\n`)
    expect(validatorOf(name)('text')).toBe(false)
  })

  test('there are no others', () => {
    const files = readdirSync(join(import.meta.dirname, '../schemas/v1'))
    expect(files.toSorted()).toEqual(schemaNames.map((name) => `${name}.json`).toSorted())
  })
})

const whole = await program()

test('every --json has its schema, and no schema is of nothing', () => {
  const used = new Set<SchemaName>(['flow-conditions'])
  for (const command of commandsOf(whole))
    for (const option of command.options)
      if (option.long === '--json') {
        const name = schemaOfOption(option)
        expect(name, command.name()).toBeDefined()
        used.add(name!)
      }
  expect([...used].toSorted()).toEqual([...schemaNames].toSorted())
})

test('every command that tells something has --json', () => {
  const without = [...commandsOf(whole)]
    .filter(({ commands, options }) => commands.length === 0 && !options.some(({ long }) => long === '--json'))
    .map((command) => command.name())
  expect(without.toSorted()).toEqual(['completion', 'help', 'manual', 'schema'])
})

test('a property that is missing is noticed, one after another', () => {
  const whole = { state: 'warning', text: 'queue 0 belongs to none', fix: 'open it' }
  const validate = validatorOf('findings')
  expect(validate(whole)).toBe(true)
  for (const key of ['state', 'text'] as const) expect(validate({ ...whole, [key]: undefined }), key).toBe(false)
  expect(validate({ ...whole, fix: 7 })).toBe(false)
  expect(validate({ ...whole, state: 'fine' })).toBe(false)
})

describe('what the command line prints follows them:', () => {
  test.each([
    ['replay', ['replay', demo, '--match', 'tcp']],
    ['replay of a recording', ['replay', join(vectors, 'nfq-flags.pcap')]],
    ['demo', ['demo']],
  ])('%s', async (_, args) => {
    const objects = expectLines('packets', (await cli([...args, '--json'])).out)
    expect(objects.at(-1)).toHaveProperty('summary')
  })

  test('what a handler changes', async () => {
    const handler = join(folder, 'handler.mjs')
    writeFileSync(
      handler,
      `export default (packet) => packet.accept({
        mark: 7, connmark: { value: 1, mask: 3 }, payload: packet.payload,
        connection: { timeoutSeconds: 60, status: 4, helper: 'ftp', labels: new Uint8Array(16) },
      })`,
    )
    const { out } = await cli(['replay', demo, '--match', 'tcp', '--handler', handler, '--json'])
    const [first] = expectLines('packets', out)
    expect(first.decision.changes).toMatchObject({ payload: first.payload, connection: { labels: '00'.repeat(16) } })
  })

  const captures = readdirSync(vectors).filter((name) => name.endsWith('.pcap'))
  test.each(captures)('decode of %s', async (name) => {
    const run = await cli(['decode', join(vectors, name), '--json'])
    if (run.out !== '') expectLines('messages', run.out)
    else expect(run.err).toContain('has no netlink message of netfilter')
  })

  test('decode of what is malformed', async () => {
    const run = await cli(['decode', '--json'], '1c000000020305000900000000000000000000070500030000000000\n')
    expect(expectLines('messages', run.out)[0]).toHaveProperty('problem')
  })

  test('rules check', async () => {
    const rules = { nftables: [{ table: { family: 'inet', name: 'fw', handle: 1 } }, chain, accepting] }
    const args = ['rules', 'check', '-', '--packet', 'udp 192.0.2.1:1 > 192.0.2.2:53', '--expect', 'drop', '--json']
    const run = await cli(args, JSON.stringify(rules))
    expect(expectLines('checked-packets', run.out)).toMatchObject([
      { verdict: 'accept', right: false, path: [{ text: 'udp dport 53 accept' }] },
      { summary: { packets: 1, wrong: 1 } },
    ])
    expect(run.code).toBe(2)
  })
})

const place = { family: 'inet', table: 'fw', handle: 2 }
const chain = { chain: { ...place, name: 'input', type: 'filter', hook: 'input', prio: 0, policy: 'drop' } }
const dport = { match: { op: '==', left: { payload: { protocol: 'udp', field: 'dport' } }, right: 53 } }
const accepting = { rule: { ...place, chain: 'input', handle: 4, expr: [dport, { accept: null }] } }

describe('what is told of a simulated kernel follows them:', () => {
  test('connections, and their changes', async () => {
    const kernel = new SimulatedKernel({ profile: 'debian-6.12' })
    await using conntrack = await openConntrack(kernel.connect())
    const ended = new AbortController()
    const watch = conntrack.watch({}, { signal: ended.signal })
    const events = conntrack.events({ kinds: ['new'], signal: ended.signal })
    const end = (address: string, port: number) => ({ address, port })
    const original = { protocol: 'udp', source: end('192.0.2.1', 4000), destination: end('192.0.2.2', 53) } as const
    await conntrack.create({ original, timeoutSeconds: 60, mark: 7 })
    for await (const event of events) {
      expectLines('flow-events', jsonLine(event))
      break
    }
    const kinds = new Set<string>()
    for await (const change of watch) {
      kinds.add(expectLines('flow-changes', jsonLine(change))[0].kind)
      if (kinds.size === 2) break
    }
    expectLines('flows', (await conntrack.dump().toArray()).map(jsonLine).join(''))
    expectLines('statistics', jsonLine(await conntrack.stats()))
    const { kernel: applied, here } = await conntrack.explain({ protocol: 'tcp' })
    expectLines('flow-conditions', jsonLine({ kernel: applied, here }))
    ended.abort()
  })

  test('rules, and their changes', async () => {
    const kernel = new SimulatedKernel({ profile: 'debian-6.12' })
    await using nft = await openNftables(kernel.connect())
    await using watch = nft.watch()
    const fw = table('inet', 'fw', { comment: 'a test' })
    const names = fw.set('names', { key: ['ipv4_addr', 'inet_service'] as const, timeouts: true })
    const input = fw.chain('input', { hook: 'input', policy: 'drop' })
    await nft.commit((batch) => {
      batch.add(fw)
      batch.add(names)
      batch.add(input)
      batch.add(names.element(['192.0.2.1', 53], { timeoutSeconds: 60, comment: 'one' }))
      batch.add(input.rule(...parse('udp dport 53 accept')))
    })
    const { generation, tables } = await nft.list()
    expectLines('rules', tables.map((one) => jsonLine(tableJson(one, generation))).join(''))
    for await (const event of watch) {
      if (event.kind !== 'commit') continue
      const { changes, ...commit } = event
      expectLines('commits', jsonLine({ ...commit, changes: changes.map(changeJson) }))
      break
    }
  })
})

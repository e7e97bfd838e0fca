import { SimulatedKernel } from '@nfkit/simulator'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { HandoverError } from '../src/handover/errors.ts'
import type { Estate } from '../src/handover/estate.ts'
import { seal, unseal } from '../src/handover/handover.ts'
import { type FirewallHandover, openFirewall } from '../src/index.ts'

const heir = { name: 'gate', mask: 0xff00_0000, queue: 0, dns: 53 }

/** What a firewall leaves that lists names and addresses. */
let state: FirewallHandover
let estate: Estate

beforeAll(async () => {
  const kernel = new SimulatedKernel()
  const firewall = await openFirewall({
    ...{ transport: () => kernel.connect(), name: 'gate', hooks: ['output'], absent: 'accept', judge: () => 'accept' },
    sockets: { queue: kernel.connect(), rules: kernel.connect(), dns: kernel.connect() },
    names: { servers: 'any' },
  })
  await firewall.block(['192.0.2.0/24', '2001:db8::7', '*.example.org'], { seconds: 600 })
  await firewall.allow(['198.51.100.7', 'www.example.net'])
  await firewall.reconsider()
  state = await firewall.handOver()
  estate = JSON.parse(state.estate)
})

/** A value in place of another one, anywhere in plain data. */
function changed(data: unknown, path: readonly number[], value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined || typeof data !== 'object' || data === null) return value
  const keys = Object.keys(data)
  if (keys.length === 0) return value
  const key = keys[step % keys.length]!
  const copy: Record<string, unknown> = Array.isArray(data) ? ([...data] as never) : { ...data }
  copy[key] = changed(copy[key], rest, value)
  return copy
}

const path = fc.array(fc.nat(20), { maxLength: 6 })
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    undefined,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n,
    new Map(),
    [],
    {},
    '\ud800',
    -0,
    2 ** 53,
  ),
)

/** What JSON has no words for is a text. */
const plain = (_: string, one: unknown) => (typeof one === 'bigint' ? `${one}` : one)

const outcome = (given: unknown): Promise<unknown> => unseal(given, heir).catch((error: unknown) => error)

test('it is read as it was written, over JSON and over structured clone', async () => {
  expect(estate.names?.lists.blocked.listings).toMatchObject([{ name: '*.example.org' }])
  for (const over of [state, JSON.parse(JSON.stringify(state)), structuredClone(state)])
    expect(await unseal(over, heir)).toEqual(estate)
})

test('whatever becomes of it on its way, it is read as it was written, or refused', async () => {
  const isRefused = (read: unknown) => {
    if (!(read instanceof HandoverError)) expect(read).toEqual(estate)
  }
  await fc.assert(
    fc.asyncProperty(path, value, async (where, what) => {
      isRefused(await outcome(changed(state, where, what)))
      const inside = { ...state, estate: JSON.stringify(changed(estate, where, what), plain) }
      isRefused(await outcome(inside))
    }),
  )
})

test('one bit that is turned in its text is told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 6 }), async (at, bit) => {
      const { estate: text } = state
      const place = at % text.length
      const turned = String.fromCharCode(text.charCodeAt(place) ^ (1 << bit))
      const damaged = { ...state, estate: text.slice(0, place) + turned + text.slice(place + 1) }
      expect(await outcome(damaged)).toMatchObject({ name: 'HandoverError', reason: 'damaged' })
    }),
  )
})

test.each([
  ['of another version', 'version', () => ({ ...state, version: 2 })],
  ['of another name', 'foreign', () => ({ ...state, name: 'other' })],
  ['of another mask', 'foreign', () => ({ ...state, mask: 7 })],
  ['too long', 'oversized', () => ({ ...state, estate: 'x'.repeat(0x1000_0001) })],
  ['nothing', 'damaged', () => null],
])('%s', async (_, reason, given) => {
  expect(await outcome(given())).toMatchObject({ name: 'HandoverError', reason })
})

test('one that is sealed for another queue is not taken', async () => {
  const { name, mask } = heir
  const other = { ...estate, dns: { ...estate.dns!, queue: 54 } }
  expect(await outcome(await seal(name, mask, other))).toMatchObject({ reason: 'foreign' })
  expect(await unseal(await seal(name, mask, other), { ...heir, dns: undefined })).toEqual(other)
})

import { family, hook, verdict } from '@nfkit/netlink-codec/nfnetlink'
import { describe, expect, test, vi } from 'vitest'
import type { HookFunction } from '../src/hooks/journey.ts'
import { HookRegistry } from '../src/hooks/registry.ts'
import { SimulatedKernel } from '../src/index.ts'

const at = (name: string, priority: number): HookFunction => ({ name, priority, run: () => verdict.accept })
const names = (registry: HookRegistry, of: number, number: number) => registry.at(of, number).map(({ name }) => name)

describe('functions at a hook point', () => {
  test('are in the order of their priorities, and of equal ones the younger comes first', () => {
    const registry = new HookRegistry(() => {})
    for (const [name, priority] of [
      ['older', 0],
      ['late', 5],
      ['younger', 0],
      ['early', -5],
    ] as const)
      registry.register('ip', hook.input, at(name, priority))
    expect(names(registry, family.ipv4, hook.input)).toEqual(['early', 'younger', 'older', 'late'])
  })

  test('belong to a family; those of inet to both of IP', () => {
    const registry = new HookRegistry(() => {})
    for (const of of ['inet', 'ip', 'ip6', 'bridge', 'arp', 'netdev'] as const) registry.register(of, 0, at(of, 0))
    expect(names(registry, family.ipv4, 0)).toEqual(['ip', 'inet'])
    expect(names(registry, family.ipv6, 0)).toEqual(['ip6', 'inet'])
    expect(names(registry, family.bridge, 0)).toEqual(['bridge'])
    expect(names(registry, family.arp, 0)).toEqual(['arp'])
    expect(names(registry, family.netdev, 0)).toEqual(['netdev'])
  })

  test('are refused at a hook the family does not have', () => {
    const registry = new HookRegistry(() => {})
    expect(() => registry.register('ip', hook.brouting, at('one', 0))).toThrow(RangeError)
    expect(() => registry.register('arp', hook.output, at('one', 0))).toThrow('the family arp has no hook 3')
  })

  test('that are taken away are told of, once', () => {
    const onUnregister = vi.fn()
    const registry = new HookRegistry(onUnregister)
    const unregister = registry.register('inet', hook.output, at('one', 0))
    unregister()
    unregister()
    expect(onUnregister).toHaveBeenCalledTimes(1)
    expect(names(registry, family.ipv6, hook.output)).toEqual([])
  })
})

test('a packet meets the younger of two chains with one priority first', async () => {
  const kernel = new SimulatedKernel()
  const packet = Uint8Array.from(Buffer.from('4500001c00010000401166cf7f0000017f000001303900350008cd9f', 'hex'))
  const older = kernel.rules.add({ hook: 'output', family: 'ipv4', table: 'filter', priority: 0, verdict: 'drop' })
  const younger = kernel.rules.add({ hook: 'output', family: 'ipv4', table: 'mangle', priority: 0, setMark: 7 })
  expect(await kernel.deliver(packet, { hook: 'output' })).toMatchObject({ verdict: 'drop', reason: 'rule', mark: 7 })
  expect([older.matched, younger.matched]).toEqual([1, 1])
})

test('rules of one IP family do not concern the other', async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'input', family: 'ipv6', verdict: 'drop' })
  const packet = Uint8Array.from(Buffer.from('4500001c00010000401166cf7f0000017f000001303900350008cd9f', 'hex'))
  expect(await kernel.deliver(packet)).toMatchObject({ verdict: 'accept' })
})

test('each table stands where the kernel says (include/uapi/linux/netfilter_ipv4.h)', async () => {
  for (const [hook, table, place] of [
    ['output', 'raw', -300],
    ['output', 'mangle', -150],
    ['output', 'nat', -100],
    ['output', 'filter', 0],
    ['output', 'security', 50],
    ['input', 'nat', 100],
  ] as const) {
    const kernel = new SimulatedKernel()
    const packet = Uint8Array.from(Buffer.from('4500001c00010000401166cf7f0000017f000001303900350008cd9f', 'hex'))
    // Of equal places the younger comes first: a table one place off would miss its turn.
    kernel.rules.add({ hook, table: 'filter', priority: place - 1, setMark: 1 })
    kernel.rules.add({ hook, table, mark: 1, setMark: 2 })
    kernel.rules.add({ hook, table: 'filter', priority: place + 1, mark: 2, setMark: 3 })
    expect((await kernel.deliver(packet, { hook })).mark, table).toBe(3)
  }
})

import { expect, test } from 'vitest'
import { accept, drop, type TracedPath, type TraceStep, udp } from '../src/index.ts'
import { Followed } from '../src/tracing/followed.ts'
import { TraceTable } from '../src/tracing/place.ts'
import type { TraceEvent } from '../src/tracing/steps.ts'

const empty = { generation: 1, tables: [] }
const own = new TraceTable('trace', [udp.dport.is(9000)], { rate: 100, burst: 100 }, [], empty)

const step = (of: Partial<TraceStep>): TraceStep => ({
  kind: 'policy',
  family: 'inet',
  table: 'trace',
  chain: '',
  ...of,
})
const marked = step({ kind: 'rule', chain: 'first-output', verdict: { kind: 'continue' } })
const begun = step({ chain: 'first-output', verdict: accept() })
const behind = step({ chain: 'last-output', verdict: accept() })

/** The paths of packets that did these steps, all under one id. */
async function paths(...steps: readonly TraceStep[]): Promise<readonly TracedPath[]> {
  const told: TracedPath[] = []
  const followed = new Followed(own, new Map(), 10, (path) => told.push(path))
  async function* events(): AsyncGenerator<TraceEvent> {
    for (const one of steps) yield { kind: 'step', packet: { id: 7, mark: 0, steps: [] }, step: one }
  }
  await followed.read(events())
  followed.endSilent()
  return told
}

test('two packets of one id, the first of which was lost in routing, are two', async () => {
  const lost = { kind: 'vanished', hook: 'output', where: 'behind' }
  const told = await paths(marked, begun, behind, marked, begun, behind)
  expect(told.map(({ outcome }) => outcome)).toEqual([lost, lost])
  expect(told.map(({ packet }) => packet.steps)).toEqual([
    [marked, begun, behind],
    [marked, begun, behind],
  ])
})

test('a packet is one from its first chain to the rule that drops it', async () => {
  const dropped = step({ kind: 'rule', table: 'fw', chain: 'out', verdict: drop() })
  const told = await paths(marked, begun, dropped)
  expect(told.map(({ outcome, steps }) => [outcome, steps])).toEqual([[{ kind: 'dropped', step: dropped }, [dropped]]])
})

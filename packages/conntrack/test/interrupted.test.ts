import { DumpInterruptedError } from '@nfkit/netlink-transport'
import { SimulatedKernel } from '@nfkit/simulator'
import { describe, expect, test } from 'vitest'
import { type ConntrackTable, type FlowDumpOptions, openConntrack } from '../src/index.ts'
import { tcp } from './suites/tuples.ts'

/** A table whose first dumps, so many of them, are interrupted; `beforeEach` runs before each dump begins, with its number. */
async function interruptedTable(times: number, beforeEach: (dump: number) => void = () => {}) {
  const kernel = new SimulatedKernel()
  const transport = kernel.connect()
  const counts = { dumps: 0 }
  transport.sibling = () => {
    counts.dumps++
    beforeEach(counts.dumps)
    const sibling = kernel.connect()
    if (counts.dumps <= times) kernel.inject({ kind: 'interrupted dump' }, sibling)
    return sibling
  }
  const ct = await openConntrack(transport)
  return { kernel, ct, counts }
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const ascending = (ports: number[]) => [...ports].sort((a, b) => a - b)

/** Up to 64 are sent before this returns. */
const fill = (ct: ConntrackTable, count: number, first = 1) =>
  Promise.all(range(first, first + count - 1).map((port) => ct.create({ original: tcp(port), timeoutSeconds: 600 })))

/** Ports of the flows one dump yields, and the error it ends with. */
async function portsOf(ct: ConntrackTable, options: FlowDumpOptions) {
  const ports: number[] = []
  try {
    for await (const flow of ct.dump({}, options)) ports.push(flow.original.sourcePort!)
  } catch (error) {
    return { ports, error }
  }
  return { ports, error: undefined }
}

describe('a dump the table changed under', () => {
  test.each([{}, { onInterrupted: 'throw' } as const])('is yielded whole, then rejected: %j', async (options) => {
    const { ct, counts } = await interruptedTable(1)
    await fill(ct, 100)
    const { ports, error } = await portsOf(ct, options)
    expect(ascending(ports)).toEqual(range(1, 100))
    expect(error).toBeInstanceOf(DumpInterruptedError)
    expect(error).toMatchObject({ request: 'IPCTNL_MSG_CT_GET', attempts: 1 })
    expect(counts.dumps).toBe(1)
    // The next one is as good as any.
    expect((await portsOf(ct, options)).error).toBeUndefined()
  })

  test('is taken as it is, when that is asked for', async () => {
    const { ct, counts } = await interruptedTable(1)
    await fill(ct, 100)
    expect(await portsOf(ct, { onInterrupted: 'ignore' })).toMatchObject({ error: undefined, ports: { length: 100 } })
    expect(counts.dumps).toBe(1)
  })

  test('is tried again, and each flow yielded once, whatever changed in between', async () => {
    let ct: ConntrackTable | undefined
    const changes: Promise<unknown>[] = []
    const change = (dump: number) => {
      if (!ct || dump === 1) return
      // Between the dumps: some go, some come, some change.
      for (const port of [3 * dump, 3 * dump + 1]) changes.push(ct.delete(tcp(port)))
      changes.push(fill(ct, 10, 1000 * dump))
      changes.push(ct.update(tcp(90 + dump), { mark: dump }))
    }
    const opened = await interruptedTable(3, change)
    ct = opened.ct
    await fill(ct, 100)
    const { ports, error } = await portsOf(ct, { onInterrupted: 'retry' })
    await Promise.all(changes)
    expect(error).toBeUndefined()
    expect(opened.counts.dumps).toBe(4)
    expect(new Set(ports).size).toBe(ports.length)
    // All that was there from the start to the end, and what came before the last dump.
    const now = opened.kernel.conntrack.entries.map(({ tupleOrig }) => tupleOrig?.proto?.srcPort)
    expect(now).toHaveLength(100 - 6 + 30)
    expect(ports).toEqual(expect.arrayContaining(now))
  })

  test('a flow that makes room for another with its tuple is yielded as both', async () => {
    let ct: ConntrackTable | undefined
    const changes: Promise<unknown>[] = []
    const opened = await interruptedTable(1, (dump) => {
      if (ct && dump === 2)
        changes.push(ct.delete(tcp(5)), ct.create({ original: tcp(5), timeoutSeconds: 600, mark: 2 }))
    })
    ct = opened.ct
    await fill(ct, 10)
    const flows: string[] = []
    for await (const flow of ct.dump({}, { onInterrupted: 'retry' }))
      if (flow.original.sourcePort === 5) flows.push(`${flow.mark}`)
    await Promise.all(changes)
    expect(flows).toEqual(['0', '2'])
  })

  test('is given up after five attempts, with a sentence that says what to do', async () => {
    const { ct, counts } = await interruptedTable(Number.POSITIVE_INFINITY)
    await fill(ct, 100)
    const { ports, error } = await portsOf(ct, { onInterrupted: 'retry' })
    expect(ascending(ports)).toEqual(range(1, 100))
    expect(error).toBeInstanceOf(DumpInterruptedError)
    expect(error).toMatchObject({ request: 'IPCTNL_MSG_CT_GET', attempts: 5 })
    expect(`${error}`).toMatch(/changed under each of 5 dumps: .*with a filter/)
    expect(counts.dumps).toBe(5)
  })

  test('filters as any other', async () => {
    const { ct } = await interruptedTable(2)
    await fill(ct, 20)
    const flows = await ct.dump({ sourcePort: { first: 5, last: 7 } }, { onInterrupted: 'retry' }).toArray()
    expect(ascending(flows.map((flow) => flow.original.sourcePort!))).toEqual([5, 6, 7])
  })

  test('does not keep a live view from what events say', async () => {
    const { ct } = await interruptedTable(2)
    await fill(ct, 20)
    await using watch = ct.watch({}, { resyncSeconds: 0 })
    for await (const change of watch) if (change.kind === 'synced') break
    expect(watch.size).toBe(20)
  })
})

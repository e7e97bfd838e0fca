import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { Requests } from '@nfkit/netlink-transport'
import { zeroEntry } from '../entry/get.ts'
import { type FeatureProbe, noFeatures } from '../features.ts'
import { type CompiledFilter, compile } from '../filter/compile.ts'
import type { FlowFilter } from '../filter/filter.ts'
import { planOf, wantedFeatures } from '../filter/plan.ts'
import { assertDumpOptions, dumpMessage, type FlowDumpOptions, flowBatches } from './dump.ts'

/** One dump, its filter divided between the kernel and here. */
export async function* tableDump(
  requests: Requests,
  probe: FeatureProbe,
  filter: FlowFilter | CompiledFilter,
  options: FlowDumpOptions,
): AsyncGenerator<Flow[], void, undefined> {
  assertDumpOptions(options)
  const { list = 'table', zero = false, onInterrupted } = options
  const compiled = compile(filter)
  const plan = planOf(compiled, list === 'table' ? await probe.of(wantedFeatures(compiled)) : noFeatures)
  // A zeroing dump zeroes every entry the kernel walks: what is left out here must keep its counters, and what a second attempt meets
  // again must not lose them twice.
  const oneByOne = zero && list === 'table' && (plan.matches !== undefined || onInterrupted === 'retry')
  const batches = flowBatches(requests, dumpMessage(list, zero && !oneByOne), plan, options)
  if (!oneByOne) return yield* batches
  for await (const batch of batches) {
    const zeroed = await Promise.all(batch.map((flow) => zeroEntry(requests, flow)))
    const flows = zeroed.filter((flow) => flow !== undefined)
    if (flows.length > 0) yield flows
  }
}

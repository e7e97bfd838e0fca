import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { Requests } from '@nfkit/netlink-transport'
import { zeroEntry } from '../entry/get.ts'
import { type FeatureProbe, noFeatures } from '../features.ts'
import { type CompiledFilter, compile } from '../filter/compile.ts'
import type { FlowFilter } from '../filter/filter.ts'
import { planOf, wantedFeatures } from '../filter/plan.ts'
import { type Dumping, dumpMessage, type FlowDumpOptions, flowBatches } from './dump.ts'

/** One dump, its filter divided between the kernel and here. */
export function tableDump(
  requests: Requests,
  probe: FeatureProbe,
  filter: FlowFilter | CompiledFilter,
  options: FlowDumpOptions,
): AsyncGenerator<Flow[], void, undefined> {
  const begin = async (): Promise<Dumping> => {
    const { list = 'table', zero = false, onInterrupted } = options
    const compiled = compile(filter)
    const plan = planOf(compiled, list === 'table' ? await probe.of(wantedFeatures(compiled)) : noFeatures)
    // A zeroing dump zeroes every entry the kernel walks: what is left out here must keep its counters, and what a second attempt meets
    // again must not lose them twice.
    const oneByOne = zero && list === 'table' && (plan.matches !== undefined || onInterrupted === 'retry')
    return {
      message: dumpMessage(list, zero && !oneByOne),
      plan,
      prepare: oneByOne ? (flows) => zeroed(requests, flows) : undefined,
    }
  }
  return flowBatches(requests, begin, options)
}

/** These as they were before their counters were set to zero, without those that have gone. */
async function zeroed(requests: Requests, flows: readonly Flow[]): Promise<Flow[]> {
  const all = await Promise.all(flows.map((flow) => zeroEntry(requests, flow)))
  return all.filter((flow) => flow !== undefined)
}

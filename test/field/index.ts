import type { World } from '../../packages/firewall/test/suites/world.ts'
import { applicationFirewall } from './application-firewall.ts'
import { blockList } from './block-list.ts'
import { familyFilter } from './family-filter.ts'
import { networkPolicy } from './network-policy.ts'

/** What the programs of `examples/field` promise, on every kernel. */
export const suites: { readonly [program: string]: (world: World) => void } = {
  'application-firewall': applicationFirewall,
  'block-list': blockList,
  'family-filter': familyFilter,
  'network-policy': networkPolicy,
}

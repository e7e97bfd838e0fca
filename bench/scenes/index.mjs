import { allocated } from './allocations.mjs'
import { blocked } from './blocked.mjs'
import { bursts } from './bursts.mjs'
import { calls } from './calls.mjs'
import { flows, packets } from './decode.mjs'
import { dump } from './dump.mjs'
import { bulk, connecting } from './firewall.mjs'
import { entries } from './growth/entries.mjs'
import { queues } from './growth/queues.mjs'
import { growingRules } from './growth/rules.mjs'
import { sizes } from './growth/sizes.mjs'
import { waiting } from './growth/waiting.mjs'
import { javascript } from './javascript.mjs'
import { life } from './life.mjs'
import { memory } from './memory.mjs'
import { names } from './names.mjs'
import { overload } from './overload.mjs'
import { owner } from './owner.mjs'
import { pingpong } from './pingpong.mjs'
import { pool } from './pool.mjs'
import { rate } from './rate.mjs'
import { readers } from './readers.mjs'
import { reconsider } from './reconsider.mjs'
import { replaying } from './replay.mjs'
import { rules } from './rules.mjs'
import { commit, listing } from './ruleset.mjs'
import { saturated } from './saturated.mjs'
import { stalledClients } from './stalled.mjs'
import { tcp } from './tcp.mjs'
import { turns } from './turns.mjs'

/**
 * What is measured. A scene has contestants, and takes a sample of one: numbers by metric, ratios of which are taken to the
 * reference contestant in the same round; or `round` takes those of all of them. `wrong` says what must never be, however slow. Where contestants differ in a quantity, `axis` names it, and
 * each says which `series` it is of, and where it is `at`.
 */
export const scenes = [
  saturated(64),
  saturated(1400),
  turns,
  overload,
  bursts,
  rate,
  pingpong,
  tcp,
  life,
  allocated,
  memory,
  pool,
  waiting,
  queues,
  sizes,
  dump,
  entries,
  packets,
  flows,
  javascript,
  calls,
  readers,
  names,
  commit(1),
  commit(1_000),
  commit(100_000),
  listing,
  owner,
  rules,
  growingRules,
  replaying,
  stalledClients,
  blocked,
  reconsider,
  connecting,
  bulk,
]

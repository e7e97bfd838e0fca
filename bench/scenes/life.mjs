import { asynchronous, iterating, sync } from '../contestants.mjs'
import { lifeOf } from '../one-packet.mjs'
import { options } from '../options.mjs'
import { isInstalled } from '../programs.mjs'
import { queueLoad } from '../rules.mjs'
import { stages } from '../stages.mjs'

const seconds = options.smoke ? 0.3 : 3
const missing = isInstalled('perf') ? undefined : 'perf is not installed: apt install linux-perf'

/** What the kernel, Node and each part of nfkit have of a packet's time. */
export const life = {
  name: 'life',
  title: 'where the time of a packet of 64 bytes goes, ns',
  reference: sync.name,
  contestants: missing ? [] : [sync, asynchronous, iterating],
  skipped: missing && { 'a packet’s life': missing },
  metrics: stages.map((stage) => ({ key: stage, title: stage, ratio: false })),
  prepare: queueLoad,
  sample: (contestant) => lifeOf(contestant, 64, seconds),
}

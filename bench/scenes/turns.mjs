import { turns as contestant } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { options } from '../options.mjs'
import { queueLoad } from '../rules.mjs'
import { underLoad } from './under-load.mjs'

/** How long one turn of the event loop is busy receiving while a flood of more packets than it can take arrives. */
export const turns = {
  name: 'turns',
  title: 'turns of the event loop under a flood',
  reference: contestant.name,
  contestants: [contestant],
  metrics: [
    { key: 'p50', title: 'median µs', ratio: false },
    { key: 'p999', title: '99.9 % µs', ratio: false },
    { key: 'longest', title: 'longest µs', ratio: false },
  ],
  prepare: queueLoad,
  async sample() {
    const load = (seconds) => generate('blast', 64, [seconds], { gso: true })
    const { said } = await underLoad(contestant, load, () => load(options.duration))
    return said.turns
  },
}

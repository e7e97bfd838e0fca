import { goal, least, most, ratio } from './goal.mjs'

const packets = (who, metric) => ['decode-packets', who, metric]
const flows = (who, metric) => ['decode-flows', who, metric]
const dump = (contestant) => ['dump', contestant, 'cpu']

/** Messages that are read. */
export const decoding = [
  goal(
    'P9',
    'packets decoded ÷ libmnl, in the cache',
    ratio(packets('c', 'libmnl'), packets('node', 'object')),
    least(2.5),
  ),
  goal(
    'P9',
    'the same, not in the cache',
    ratio(packets('c', 'libmnlCold'), packets('node', 'objectCold')),
    least(2.5),
    { name: 'node, by hand', figure: ratio(packets('c', 'libmnlCold'), packets('node', 'handCold')) },
  ),
  goal('P10', 'conntrack dump, warm ÷ node, bytes', ratio(dump('node, warm'), dump('node, bytes')), most(1.08), {
    name: 'node, by hand',
    figure: ratio(dump('node, by hand'), dump('node, bytes')),
  }),
  goal('P10', 'first dump of a program ÷ C by hand', ratio(dump('node'), dump('c by hand')), most(1.25), {
    name: 'node, first by hand',
    figure: ratio(dump('node, first by hand'), dump('c by hand')),
  }),
  goal(
    'P11',
    'connections decoded ÷ libmnl, every field read',
    ratio(flows('c', 'libmnl'), flows('node', 'read')),
    least(3),
    { name: 'node, by hand', figure: ratio(flows('c', 'libmnl'), flows('node', 'hand')) },
  ),
]

import { tupleOf } from './tuples.mjs'

/** Requests about expectations. */
export function expectationOf(random) {
  const version = random.chance(0.7) ? 4 : 6
  const what = random.weighted({ new: 6, get: 3, delete: 3 })
  return {
    do: 'expectation',
    version,
    what,
    flags: what === 'new' ? random.weighted({ create: 3, 'create exclusive': 3, '': 1 }) : '',
    ...(what !== 'new' && random.chance(0.4) && { dump: what === 'get', bare: true }),
    tuple: tupleOf(random, version),
    master: tupleOf(random, version),
    ...(random.chance(0.2) && { loose: true }),
    value: {
      ...(random.chance(0.9) && { timeout: 50 }),
      ...(random.chance(0.3) && { flags: random.pick([1, 2, 4, 7]) }),
      ...(random.chance(0.1) && { class: 1 }),
      ...(random.chance(0.1) && { helpName: random.pick(['tftp', 'ftp']) }),
      ...(random.chance(0.1) && { fn: random.pick(['nat-follow-master', 'nosuch']) }),
    },
  }
}

/** Requests about timeout policies. */
export const policyOf = (random) => ({
  do: 'policy',
  what: random.weighted({ new: 5, get: 3, delete: 2, defaultGet: 2 }),
  flags: random.weighted({ '': 3, exclusive: 2, replace: 2, create: 1 }),
  ...(random.chance(0.2) && { dump: true }),
  value: {
    ...(random.chance(0.9) && { name: random.pick(['one', 'two']) }),
    ...(random.chance(0.95) && { l3proto: random.pick([2, 10]) }),
    ...(random.chance(0.95) && { l4proto: random.pick([6, 17, 1, 47, 132, 255, 99]) }),
  },
  ...(random.chance(0.85) && { seconds: random.between(1, 100), count: random.between(1, 3) }),
})

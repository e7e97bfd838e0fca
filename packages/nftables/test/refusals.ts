import {
  accept,
  addTo,
  type RuleBatch,
  concat,
  counter,
  dnat,
  drop,
  goto,
  ip,
  ipv4Address,
  ipv6Address,
  jump,
  masquerade,
  meta,
  objectUse,
  redirect,
  reject,
  service,
  snat,
  table,
  tcp,
  vmap,
} from '../src/index.ts'

/** What a kernel refuses, why, and how it is told. */
export interface Refusal {
  readonly name: string
  /** What the kernel has already. */
  readonly given?: (batch: RuleBatch) => unknown
  /** What belongs to another socket. */
  readonly others?: (batch: RuleBatch) => unknown
  readonly when: (batch: RuleBatch) => unknown
  readonly path: string
  readonly code: string
  readonly says: string | RegExp
  /** What of the rule it is, where the kernel says. */
  readonly clause?: string
}

const fw = table('inet', 'fw')
const out = fw.chain('out', { hook: 'output' })
const post = fw.chain('post', { hook: 'postrouting' })
const nat = fw.chain('nat', { hook: 'prerouting', priority: 'dstnat', type: 'nat' })
const source = fw.chain('source', { hook: 'postrouting', priority: 'srcnat', type: 'nat' })
const regular = fw.chain('regular')
const other = fw.chain('other')
const allow = fw.set('allow', { key: ipv4Address })
const nets = fw.set('nets', { key: ipv4Address, interval: true })
const small = fw.set('small', { key: ipv4Address, size: 1 })
const fixed = fw.set('fixed', { key: ipv4Address, constant: true })
const timed = fw.set('timed', { key: ipv4Address, timeouts: true })
const judged = fw.map('judged', { key: 'mark', value: 'verdict' })
const marked = fw.map('marked', { key: ipv4Address, value: 'mark' })
const hits = fw.counter('hits')
const base = (batch: RuleBatch) => batch.add(fw, out, regular)

const chain = (depth: number) => Array.from({ length: depth }, (_, i) => fw.chain(`c${i}`))
const deep = chain(17)

export const refusals: readonly Refusal[] = [
  // tables
  { name: 'a table that exists, created', given: (b) => b.add(fw), when: (b) => b.create(fw), path: 'tables.fw', code: 'EEXIST', says: 'table "fw" exists: add it in place of creating it' },
  { name: 'a table that does not exist, deleted', when: (b) => b.delete(fw), path: 'tables.fw', code: 'ENOENT', says: 'table "fw" does not exist' },
  { name: 'an owner given to a table that has none', given: (b) => b.add(fw), when: (b) => b.add(table('inet', 'fw', { owner: true })), path: 'tables.fw', code: 'EOPNOTSUPP', says: /these flags cannot change/ },
  { name: 'a table of another socket, changed', others: (b) => b.add(table('inet', 'fw', { owner: true })), when: (b) => b.add(fw), path: 'tables.fw', code: 'EPERM', says: /belongs to another socket/ },
  { name: 'a table of another socket, deleted', others: (b) => b.add(table('inet', 'fw', { owner: true })), when: (b) => b.delete(fw), path: 'tables.fw', code: 'EPERM', says: /belongs to another socket/ },
  { name: 'a chain in a table of another socket', others: (b) => b.add(table('inet', 'fw', { owner: true })), when: (b) => b.add(regular), path: 'tables.fw.chains.regular', code: 'EPERM', says: 'table "fw" belongs to another socket: changes go through the one that made it' },
  { name: 'a rule in a table of another socket', others: (b) => b.add(table('inet', 'fw', { owner: true }), regular), when: (b) => b.add(regular.rule(drop())), path: 'tables.fw.chains.regular.rules[0]', code: 'EPERM', says: /table "fw" belongs to another socket/ },
  { name: 'an element in a table of another socket', others: (b) => b.add(table('inet', 'fw', { owner: true }), allow), when: (b) => b.add(allow.element('192.0.2.1')), path: 'tables.fw.sets.allow.elements[0]', code: 'EPERM', says: /table "fw" belongs to another socket/ },

  // chains
  { name: 'a chain in a table that does not exist', when: (b) => b.add(regular), path: 'tables.fw.chains.regular', code: 'ENOENT', says: 'table "fw" does not exist: add it first' },
  { name: 'a chain that exists, created', given: base, when: (b) => b.create(regular), path: 'tables.fw.chains.regular', code: 'EEXIST', says: /chain "regular" exists/ },
  { name: 'a chain that does not exist, deleted', given: (b) => b.add(fw), when: (b) => b.delete(regular), path: 'tables.fw.chains.regular', code: 'ENOENT', says: 'chain "regular" does not exist' },
  { name: 'a chain that does not exist, flushed', given: (b) => b.add(fw), when: (b) => b.flush(regular), path: 'tables.fw.chains.regular', code: 'ENOENT', says: 'chain "regular" does not exist' },
  { name: 'a chain that a rule jumps to, deleted', given: (b) => base(b).add(out.rule(jump(regular))), when: (b) => b.delete(regular), path: 'tables.fw.chains.regular', code: 'EBUSY', says: /chain "regular" is in use/ },
  { name: 'a base chain with another priority', given: base, when: (b) => b.add(fw.chain('out', { hook: 'output', priority: 5 })), path: 'tables.fw.chains.out', code: 'EOPNOTSUPP', says: /cannot have another hook or priority/ },
  { name: 'a base chain with another hook', given: base, when: (b) => b.add(fw.chain('out', { hook: 'input' })), path: 'tables.fw.chains.out', code: 'EOPNOTSUPP', says: /cannot have another hook or priority/ },
  { name: 'a base chain of another type', given: base, when: (b) => b.add(fw.chain('out', { hook: 'output', type: 'nat' })), path: 'tables.fw.chains.out', code: 'EEXIST', says: /of another type, hook or priority/ },
  { name: 'a chain that was none of a hook', given: base, when: (b) => b.add(fw.chain('regular', { hook: 'input' })), path: 'tables.fw.chains.regular', code: 'EOPNOTSUPP', says: /a chain without a hook cannot get one/ },
  { name: 'nat before connections are tracked', given: (b) => b.add(fw), when: (b) => b.add(fw.chain('early', { hook: 'prerouting', type: 'nat', priority: 'raw' })), path: 'tables.fw.chains.early', code: 'EOPNOTSUPP', says: /of the type nat it needs a priority above -200/ },
  { name: 'a route chain at input', given: (b) => b.add(fw), when: (b) => b.add(fw.chain('routed', { hook: 'input', type: 'route' })), path: 'tables.fw.chains.routed', code: 'EOPNOTSUPP', says: /of the type route the hook output/ },

  // sets and maps
  { name: 'a set in a table that does not exist', when: (b) => b.add(allow), path: 'tables.fw.sets.allow', code: 'ENOENT', says: 'table "fw" does not exist: add it first' },
  { name: 'a set that exists, created', given: (b) => b.add(fw, allow), when: (b) => b.create(allow), path: 'tables.fw.sets.allow', code: 'EEXIST', says: /set "allow" exists/ },
  { name: 'a set that exists with another key', given: (b) => b.add(fw, allow), when: (b) => b.add(fw.set('allow', { key: ipv6Address })), path: 'tables.fw.sets.allow', code: 'EEXIST', says: /with another key or other flags/ },
  { name: 'a set that exists with other flags', given: (b) => b.add(fw, allow), when: (b) => b.add(fw.set('allow', { key: ipv4Address, interval: true })), path: 'tables.fw.sets.allow', code: 'EEXIST', says: /with another key or other flags/ },
  { name: 'a map with the name of a set', given: (b) => b.add(fw, allow), when: (b) => b.add(fw.map('allow', { key: ipv4Address, value: 'mark' })), path: 'tables.fw.maps.allow', code: 'EEXIST', says: /map "allow" exists with another key/ },
  { name: 'a set that does not exist, deleted', given: (b) => b.add(fw), when: (b) => b.delete(allow), path: 'tables.fw.sets.allow', code: 'ENOENT', says: 'set "allow" does not exist' },
  { name: 'a set that does not exist, flushed', given: (b) => b.add(fw), when: (b) => b.flush(allow), path: 'tables.fw.sets.allow', code: 'ENOENT', says: 'set "allow" does not exist' },
  { name: 'a map that does not exist, deleted', given: (b) => b.add(fw), when: (b) => b.delete(judged), path: 'tables.fw.maps.judged', code: 'ENOENT', says: 'map "judged" does not exist' },
  { name: 'a set that a rule uses, deleted', given: (b) => base(b).add(allow, out.rule(ip.saddr.in(allow), drop())), when: (b) => b.delete(allow), path: 'tables.fw.sets.allow', code: 'EBUSY', says: 'set "allow" is in use by a rule' },
  { name: 'a map that a rule uses, deleted', given: (b) => base(b).add(judged, out.rule(vmap(meta.mark, judged))), when: (b) => b.delete(judged), path: 'tables.fw.maps.judged', code: 'EBUSY', says: 'map "judged" is in use by a rule' },
  { name: 'a set with timeouts and elements of rules, not known together with ranges of parts', given: (b) => b.add(fw), when: (b) => b.add(fw.set('x', { key: [ipv4Address, service], interval: true, dynamic: true })), path: 'tables.fw.sets.x', code: 'EOPNOTSUPP', says: 'this kernel has no set with these flags together' },

  // objects
  { name: 'an object in a table that does not exist', when: (b) => b.add(hits), path: 'tables.fw.counters.hits', code: 'ENOENT', says: 'table "fw" does not exist: add it first' },
  { name: 'an object that exists, created', given: (b) => b.add(fw, hits), when: (b) => b.create(hits), path: 'tables.fw.counters.hits', code: 'EEXIST', says: /an object "hits" of this type exists/ },
  { name: 'an object that does not exist, deleted', given: (b) => b.add(fw), when: (b) => b.delete(hits), path: 'tables.fw.counters.hits', code: 'ENOENT', says: 'there is no counter "hits"' },
  { name: 'an object that a rule uses, deleted', given: (b) => base(b).add(hits, out.rule(counter(hits))), when: (b) => b.delete(hits), path: 'tables.fw.counters.hits', code: 'EBUSY', says: 'counter "hits" is in use by a rule' },

  // elements
  { name: 'an element of a set that does not exist', given: (b) => b.add(fw), when: (b) => b.add(allow.element('192.0.2.1')), path: 'tables.fw.sets.allow.elements[0]', code: 'ENOENT', says: 'set "allow" does not exist' },
  { name: 'an element in a table that does not exist', when: (b) => b.add(allow.element('192.0.2.1')), path: 'tables.fw.sets.allow.elements[0]', code: 'ENOENT', says: 'table "fw" does not exist: add it first' },
  { name: 'an element that is there, created', given: (b) => b.add(fw, allow, allow.element('192.0.2.2')), when: (b) => b.create(allow.element('192.0.2.1'), allow.element('192.0.2.2')), path: 'tables.fw.sets.allow.elements[1]', code: 'EEXIST', says: /192\.0\.2\.2 is there/ },
  { name: 'a range that overlaps', given: (b) => b.add(fw, nets, nets.element('10.0.0.0/8')), when: (b) => b.add(nets.element('192.0.2.1'), nets.element('10.1.0.0/16')), path: 'tables.fw.sets.nets.elements[1]', code: 'EEXIST', says: /10\.1\.0\.0\/16 .*overlaps/ },
  { name: 'ranges of one batch that overlap', given: (b) => b.add(fw, nets), when: (b) => b.add(nets.element('10.0.0.0/8'), nets.element({ from: '10.9.0.0', to: '11.0.0.0' })), path: 'tables.fw.sets.nets.elements[1]', code: 'EEXIST', says: /10\.9\.0\.0-11\.0\.0\.0/ },
  { name: 'an element that is not there, deleted', given: (b) => b.add(fw, allow, allow.element('192.0.2.1')), when: (b) => b.delete(allow.element('192.0.2.1'), allow.element('192.0.2.2')), path: 'tables.fw.sets.allow.elements[1]', code: 'ENOENT', says: /192\.0\.2\.2 is not there: its time may have passed/ },
  { name: 'a range that is not there, deleted', given: (b) => b.add(fw, nets), when: (b) => b.delete(nets.element('10.0.0.0/8')), path: 'tables.fw.sets.nets.elements[0]', code: 'ENOENT', says: /10\.0\.0\.0\/8 is not there/ },
  { name: 'a set that is full', given: (b) => b.add(fw, small), when: (b) => b.add(small.element('192.0.2.1'), small.element('192.0.2.2')), path: 'tables.fw.sets.small.elements[1]', code: 'ENFILE', says: 'set "small" is full' },
  { name: 'a constant set in use', given: (b) => base(b).add(fixed, out.rule(ip.saddr.in(fixed), drop())), when: (b) => b.add(fixed.element('192.0.2.1')), path: 'tables.fw.sets.fixed.elements[0]', code: 'EBUSY', says: 'set "fixed" is constant and in use: its elements cannot change' },
  { name: 'a value that leads to a chain that does not exist', given: (b) => b.add(fw, judged), when: (b) => b.add(judged.element(1, jump('nowhere'))), path: 'tables.fw.maps.judged.elements[0]', code: 'ENOENT', says: /leads to a chain that does not/ },
  { name: 'a value that leads to a base chain', given: (b) => base(b).add(judged), when: (b) => b.add(judged.element(1, jump(out))), path: 'tables.fw.maps.judged.elements[0]', code: 'EOPNOTSUPP', says: /leads to a base chain/ },
  { name: 'a key that has another value', given: (b) => b.add(fw, marked, marked.element('192.0.2.1', 1)), when: (b) => b.add(marked.element('192.0.2.1', 2)), path: 'tables.fw.maps.marked.elements[0]', code: 'EEXIST', says: /192\.0\.2\.1 is there with another value/ },
  { name: 'a timeout in a set that has none', given: (b) => b.add(fw, allow), when: (b) => b.add(fw.set('allow', { key: ipv4Address, timeouts: true }).element('192.0.2.1', { timeoutSeconds: 5 })), path: 'tables.fw.sets.allow.elements[0]', code: 'EINVAL', says: /does not take 192\.0\.2\.1/ },
  { name: 'a key of another length', given: (b) => b.add(fw, allow), when: (b) => b.add(fw.set('allow', { key: ipv6Address }).element('::1')), path: 'tables.fw.sets.allow.elements[0]', code: 'EINVAL', says: /does not take ::1: its key/ },
  { name: 'an element that makes chains run in a circle', given: (b) => base(b).add(judged, out.rule(jump(regular)), regular.rule(vmap(meta.mark, judged))), when: (b) => b.add(judged.element(1, jump(regular))), path: 'tables.fw.maps.judged.elements[0]', code: 'EMLINK', says: /in a circle, or more than 15 deep/ },

  // rules
  { name: 'a rule in a table that does not exist', when: (b) => b.add(regular.rule(drop())), path: 'tables.fw.chains.regular.rules[0]', code: 'ENOENT', says: 'table "fw" does not exist: add it first' },
  { name: 'a rule in a chain that does not exist', given: (b) => b.add(fw), when: (b) => b.add(regular.rule(drop())), path: 'tables.fw.chains.regular.rules[0]', code: 'ENOENT', says: 'chain "regular" does not exist: add it first' },
  { name: 'a set that does not exist, looked up', given: base, when: (b) => b.add(out.rule(accept()), out.rule(tcp.dport.is(80), ip.saddr.in(allow), drop())), path: 'tables.fw.chains.out.rules[1]', code: 'ENOENT', says: 'lookup: set "allow" does not exist', clause: 'match' },
  { name: 'a map that does not exist, looked up', given: base, when: (b) => b.add(out.rule(vmap(meta.mark, judged))), path: 'tables.fw.chains.out.rules[0]', code: 'ENOENT', says: 'lookup: map "judged" does not exist', clause: 'vmap' },
  { name: 'a jump to a chain that does not exist', given: base, when: (b) => b.add(out.rule(jump('nowhere'))), path: 'tables.fw.chains.out.rules[0]', code: 'ENOENT', says: 'immediate: chain "nowhere" does not exist', clause: 'jump' },
  { name: 'a way to a chain that does not exist', given: base, when: (b) => b.add(out.rule(counter(), goto('nowhere'))), path: 'tables.fw.chains.out.rules[0]', code: 'ENOENT', says: 'immediate: chain "nowhere" does not exist', clause: 'goto' },
  { name: 'a jump to a base chain', given: (b) => base(b).add(post), when: (b) => b.add(regular.rule(jump(out))), path: 'tables.fw.chains.regular.rules[0]', code: 'EOPNOTSUPP', says: 'immediate: "out" is a base chain, to which no rule jumps' },
  { name: 'an object that does not exist, used', given: base, when: (b) => b.add(out.rule(counter(hits))), path: 'tables.fw.chains.out.rules[0]', code: 'ENOENT', says: 'objref: there is no counter "hits"', clause: 'object' },
  { name: 'an object of another type, used', given: (b) => base(b).add(fw.quota('hits', 5)), when: (b) => b.add(out.rule(counter(hits))), path: 'tables.fw.chains.out.rules[0]', code: 'ENOENT', says: 'objref: there is no counter "hits"' },
  { name: 'a set that does not exist, added to', given: base, when: (b) => b.add(out.rule(addTo(timed, ip.saddr))), path: 'tables.fw.chains.out.rules[0]', code: 'ENOENT', says: 'dynset: set "timed" does not exist', clause: 'dynamic' },
  { name: 'a set that rules cannot change, added to', given: (b) => base(b).add(fw.set('timed', { key: ipv4Address, size: 10 })), when: (b) => b.add(out.rule(addTo(timed, ip.saddr))), path: 'tables.fw.chains.out.rules[0]', code: 'EOPNOTSUPP', says: /rules cannot change set "timed": make it with/ },
  { name: 'a constant set, added to', given: (b) => base(b).add(fw.set('timed', { key: ipv4Address, constant: true })), when: (b) => b.add(out.rule(addTo(timed, ip.saddr))), path: 'tables.fw.chains.out.rules[0]', code: 'EBUSY', says: 'dynset: set "timed" is constant' },
  { name: 'a set of a longer key, looked up', given: (b) => base(b).add(fw.set('ports', { key: ipv6Address })), when: (b) => b.add(out.rule(ip.saddr.in(fw.set('ports', { key: ipv4Address })))), path: 'tables.fw.chains.out.rules[0]', code: 'ENODATA', says: /lookup: "ports" has a key of another length/ },
  { name: 'a set looked up as a map', given: (b) => base(b).add(fw.set('judged', { key: 'mark' })), when: (b) => b.add(out.rule(vmap(meta.mark, judged))), path: 'tables.fw.chains.out.rules[0]', code: 'EINVAL', says: /"judged" has a key of another length, or is no map/ },
  { name: 'reject at postrouting', given: (b) => b.add(fw, post), when: (b) => b.add(post.rule(reject())), path: 'tables.fw.chains.post.rules[0]', code: 'EOPNOTSUPP', says: /reject: packets cannot be rejected in this family or at the hooks that lead here/ },
  { name: 'reject in a chain that postrouting leads to', given: (b) => b.add(fw, post, regular).add(post.rule(jump(regular))), when: (b) => b.add(regular.rule(reject())), path: 'tables.fw.chains.regular.rules[0]', code: 'EOPNOTSUPP', says: /reject: packets cannot be rejected/ },
  { name: 'a translation in a chain of the type filter', given: base, when: (b) => b.add(out.rule(dnat({ address: '192.0.2.1' }))), path: 'tables.fw.chains.out.rules[0]', code: 'EOPNOTSUPP', says: /dnat: addresses are translated only in base chains of the type nat/ },
  { name: 'snat at prerouting', given: (b) => b.add(fw, nat), when: (b) => b.add(nat.rule(snat({ address: '192.0.2.1' }))), path: 'tables.fw.chains.nat.rules[0]', code: 'EOPNOTSUPP', says: /snat: addresses are translated only/ },
  { name: 'masquerade at prerouting', given: (b) => b.add(fw, nat), when: (b) => b.add(nat.rule(masquerade())), path: 'tables.fw.chains.nat.rules[0]', code: 'EOPNOTSUPP', says: /masquerade: addresses are translated only/ },
  { name: 'redirect at postrouting', given: (b) => b.add(fw, source), when: (b) => b.add(source.rule(redirect())), path: 'tables.fw.chains.source.rules[0]', code: 'EOPNOTSUPP', says: /redirect: addresses are translated only/ },
  { name: 'chains that run in a circle', given: (b) => base(b).add(other, out.rule(jump(regular)), regular.rule(jump(other))), when: (b) => b.add(other.rule(jump(regular))), path: 'tables.fw.chains.other.rules[0]', code: 'EMLINK', says: /in a circle, or more than 15 deep/ },
  { name: 'chains more than 15 deep', given: (b) => base(b).add(...deep), when: (b) => b.add(...deep.slice(0, -1).map((one, i) => one.rule(jump(deep[i + 1]!))), out.rule(jump(deep[0]!))), path: 'tables.fw.chains.out.rules[0]', code: 'EMLINK', says: /in a circle, or more than 15 deep/ },
  { name: 'a rule that is not there, deleted', given: base, when: (b) => b.delete({ ...regular.rule(drop()), handle: 999n }), path: 'tables.fw.chains.regular.rules[0]', code: 'ENOENT', says: 'there is no rule with this handle in the chain' },
  { name: 'a rule that is not there, replaced', given: base, when: (b) => b.replace(999n, regular.rule(drop())), path: 'tables.fw.chains.regular.rules[0]', code: 'ENOENT', says: 'there is no rule with this handle in the chain' },
  { name: 'a neighbour that is not there', given: base, when: (b) => b.insertBefore(999n, regular.rule(drop())), path: 'tables.fw.chains.regular.rules[0]', code: 'ENOENT', says: 'there is no rule with this handle in the chain' },
  { name: 'a limit that does not exist, used', given: base, when: (b) => b.add(out.rule(objectUse('limit', fw.limit('slow', 5)))), path: 'tables.fw.chains.out.rules[0]', code: 'ENOENT', says: 'objref: there is no limit "slow"' },
  { name: 'a concatenation in a set of other parts', given: (b) => base(b).add(fw.set('pairs', { key: [ipv6Address, service] })), when: (b) => b.add(out.rule(concat(ip.saddr, tcp.dport).in(fw.set('pairs', { key: [ipv4Address, service] })))), path: 'tables.fw.chains.out.rules[0]', code: 'ENODATA', says: /lookup: "pairs" has a key of another length/ },
]


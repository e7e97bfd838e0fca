/** Every program that lacks one thing: half of the steps, a step, a rule, a packet, a field of any of them. */
export function* smaller(program) {
  const { steps } = program
  if (steps.length > 3) {
    const half = Math.ceil(steps.length / 2)
    yield { ...program, steps: steps.slice(0, half) }
    yield { ...program, steps: steps.slice(half) }
  }
  for (const part of ['steps', 'tables', 'rules', 'queues', 'settings', 'groups'])
    for (const less of without(program[part] ?? [])) yield { ...program, [part]: less }
}

/** Fields that a step, a packet or a rule is nothing without. */
const needed = [
  'do',
  'version',
  'ports',
  'from',
  'to',
  'proto',
  'queue',
  'hook',
  'table',
  'action',
  'kind',
  'number',
  'family',
  'flags',
  'name',
  'value',
  'data',
  'hex',
  'dreg',
  'sreg',
  'len',
  'chain',
  'keyLen',
  'hook',
  'hooknum',
  'priority',
  'type',
  'expressions',
  'elements',
]

/** A list or an object without one of its entries, or of theirs; the last ones first. */
function* without(value) {
  for (const [key, item] of Object.entries(value).toReversed()) {
    if (!needed.includes(key)) yield removed(value, key)
    if (key === 'ports') continue
    if (typeof item === 'object' && item !== null) for (const less of without(item)) yield replaced(value, key, less)
  }
}

const removed = (value, key) =>
  Array.isArray(value)
    ? value.toSpliced(Number(key), 1)
    : Object.fromEntries(Object.entries(value).filter(([other]) => other !== key))

const replaced = (value, key, item) =>
  Array.isArray(value) ? value.with(Number(key), item) : { ...value, [key]: item }

import { passing } from './ledger.mjs'

/**
 * Explains every packet: sent = passed + dropped by our verdict + told as lost + told as passed unseen. What it cannot explain is a
 * finding. `passed` tells by number what became of the packets.
 */
export function explain(ledger, passed, story) {
  const findings = []
  const find = (what, number, detail = '') =>
    findings.push({ what, detail: `packet ${number}: ${detail}${detail ? '; ' : ''}the kernel: ${story(number)}` })
  const last = new Map()
  for (const delivery of ledger.deliveries) {
    const problem = problemOf(delivery, passed.get(delivery.number))
    if (problem) find(problem.what, delivery.number, problem.detail)
    if (delivery.number !== undefined) last.set(delivery.number, delivery)
  }
  const nameless = namelessOf(ledger)
  const unseen = { dropped: [], passed: [], excusedDropped: 0, excusedPassed: 0 }
  for (const [number, { excused, life }] of ledger.sent) {
    const delivery = last.get(number)
    const moved = delivery && verdictOf(delivery)?.queue !== undefined
    if (delivery && !moved) continue
    const way = passed.get(number) ? 'passed' : 'dropped'
    if (excused || life?.excuse || life?.ending || moved)
      unseen[way === 'passed' ? 'excusedPassed' : 'excusedDropped']++
    else unseen[way].push(number)
  }
  const open = ledger.lives.filter((life) => !life.excuse)
  const lost = sum(open, (life) => life.told.socket + life.told.queue)
  const through = sum(ledger.lives, (life) => life.told.passed)
  const mayPass = ledger.lives.some((life) => life.mayPass)
  if (unseen.dropped.length > lost + nameless.dropped + ledger.allowance)
    find('lost, and nobody said so', unseen.dropped[0], `${unseen.dropped.length} dropped unseen, ${lost} told as lost`)
  if (unseen.passed.length > through + nameless.passed + ledger.allowance && !mayPass)
    find(
      'passed unseen, and nobody said so',
      unseen.passed[0],
      `${unseen.passed.length} passed unseen, ${through} told`,
    )
  const said = sum(open, (life) => life.saidLost)
  const renamed = ledger.lives.some((life) => life.renames) ? unseen.passed.length + unseen.excusedPassed : 0
  if (said > unseen.dropped.length + unseen.excusedDropped + renamed + ledger.allowance)
    findings.push({
      what: 'told as lost, and it was not',
      detail: `${said} told as lost; ${unseen.dropped.length} were, and ${unseen.excusedDropped} may have been; ${unseen.passed.length + unseen.excusedPassed} passed unseen`,
    })
  return findings
}

const sum = (list, of) => list.reduce((total, one) => total + of(one), 0)

/** Deliveries without their payload, and so without a number: how many passed and were dropped, by what was told. */
function namelessOf({ deliveries }) {
  const nameless = { passed: 0, dropped: 0 }
  for (const delivery of deliveries) {
    const { number, life, refused } = delivery
    if (number !== undefined) continue
    const verdict = verdictOf(delivery)
    // Of some it is not known which.
    const unsure = life?.excuse !== undefined || refused || typeof verdict !== 'string'
    if (unsure || passing[verdict]) nameless.passed++
    if (unsure || !passing[verdict]) nameless.dropped++
  }
  return nameless
}

/** What became of a delivery by what was told. */
function verdictOf({ told }) {
  return told[0]?.verdict
}

function problemOf(delivery, passed) {
  const { told, left, refused, unsure, life, late = 0 } = delivery
  if (!life || life.excuse) return undefined
  const says = told.map(({ verdict, who }) => `${typeof verdict === 'string' ? verdict : 'queue'} by ${who}`).join(', ')
  if (told.length === 0) {
    if (refused || (unsure && left)) return undefined
    return left
      ? { what: 'a verdict nobody told', detail: `${left.verdict} was sent` }
      : { what: 'no verdict', detail: `it came to ${life.name} as ${delivery.id}, and nothing was said of it` }
  }
  if (told.length - late > 1) return { what: 'two verdicts told', detail: says }
  // What the kernel drops with its queue has no verdict, and is told as dropped by closing. Whether one without payload passed is not known.
  const withQueue = life.ending && told.at(-1).who === 'closing' && told.at(-1).verdict === 'drop' && passed !== true
  if (!left) return withQueue ? undefined : { what: 'told as judged, and the kernel never heard', detail: says }
  if (refused || delivery.number === undefined || passed === undefined) return undefined
  const verdict = verdictOf(delivery)
  if (typeof verdict !== 'string') return undefined
  if (passing[verdict] === passed) return undefined
  return { what: `told as ${passing[verdict] ? 'passed' : 'dropped'}, and it was not`, detail: says }
}

// A bouncer: addresses and networks that others have decided about, in the kernel, for as long as they say. It follows a stream of decisions over HTTP, as
// CrowdSec's local API gives it; 100,000 of them are a few seconds, and one more is a few milliseconds.
// Tested on a real kernel, too:
//
//   node examples/field/block-list.mjs http://127.0.0.1:8080/v1/decisions/stream KEY
import { setTimeout as sleep } from 'node:timers/promises'
import { openFirewall } from '@nfkit/firewall'
import { contains, parseNetwork } from '@nfkit/inet'

/** How many addresses are one batch, and how many are taken at all: who decides does not choose how much memory the kernel spends. */
const [perBatch, most] = [10_000, 1_000_000]

const units = { h: 3_600, m: 60, s: 1, ms: 0.001, µs: 0.000001, ns: 0.000000001 }

/** Seconds of a duration as Go writes it: `3h59m57.5s`, `-5s`. Throws `RangeError` for what is none. */
export function secondsOf(duration) {
  const parts = Array.from(duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|µs|ns)/g))
  if (parts.length === 0 || parts.map(([text]) => text).join('') !== duration.replace(/^-/, ''))
    throw new RangeError(`"${duration}" is no duration: 4h, 3h59m57.5s`)
  const seconds = parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit], 0)
  return duration.startsWith('-') ? -seconds : seconds
}

/** Decisions by how long they last, in whole minutes: those of one duration go together. */
function byDuration(decisions) {
  const groups = new Map()
  for (const { value, seconds } of decisions) {
    const rounded = 60 * Math.ceil(seconds / 60)
    if (!groups.has(rounded)) groups.set(rounded, [])
    groups.get(rounded).push(value)
  }
  return groups
}

/** In pieces of one batch. */
function* pieces(all) {
  for (let at = 0; at < all.length; at += perBatch) yield all.slice(at, at + perBatch)
}

const isNetwork = (value) => value.includes('/')

/** Whether a network among these has an address, or the first one of another network. */
function covering(values) {
  const networks = values.filter(isNetwork).map(parseNetwork)
  return (value) => {
    const { address } = parseNetwork(value)
    return networks.some((network) => contains(network, address))
  }
}

const isAboutAddresses = ({ type, scope, value }) =>
  type === 'ban' && ['ip', 'range'].includes(scope.toLowerCase()) && parseNetwork(value) !== undefined

/** What is to be blocked, and for how many seconds. */
const blockedBy = (decisions) =>
  (decisions ?? [])
    .filter(isAboutAddresses)
    .map(({ value, duration }) => ({ value, seconds: secondsOf(duration) }))
    .filter(({ seconds }) => seconds > 0)

/** Opens a bouncer, with decisions that are in force from the first packet on. `take` puts more into the kernel, and resolves when they are in force. */
export async function bouncer(options, { new: first } = {}) {
  const blocked = blockedBy(first)
  if (blocked.length > most) throw new RangeError(`more than ${most} decisions: these are not taken`)
  const firewall = await openFirewall({
    name: 'block-list',
    hooks: ['input', 'forward'],
    match: 'meta l4proto 255', // no connection is judged: the list alone decides
    absent: 'drop', // killed, what is listed stays so until its time is over
    judge: () => 'accept',
    blocked: [...byDuration(blocked)].map(([seconds, where]) => ({ where, seconds })),
    ...options,
  })
  /** Until when, by address. */
  const listed = new Map()
  const note = (some) => {
    for (const { value, seconds } of some) listed.set(value, Date.now() + 1_000 * seconds)
  }
  note(blocked)
  const left = (value) => (listed.get(value) - Date.now()) / 1_000
  const block = async (decisions) => {
    for (const [seconds, all] of byDuration(decisions))
      for (const some of pieces(all)) await firewall.block(some, { seconds })
  }
  return {
    firewall,
    async take({ new: fresh, deleted }) {
      const gone = (deleted ?? []).filter(isAboutAddresses).map(({ value }) => value)
      const come = blockedBy(fresh)
      if (listed.size + come.length > most)
        for (const value of listed.keys()) if (left(value) <= 0) listed.delete(value)
      if (listed.size + come.length > most) throw new RangeError(`more than ${most} decisions: these are not taken`)
      for (const value of gone) listed.delete(value)
      for (const some of pieces(gone)) await firewall.unlist(some)
      // What was taken back may be part of a network that stays, or a network with an address that stays.
      const networks = [...listed.keys()].filter(isNetwork)
      const stay = [
        ...(gone.some(isNetwork) ? [...listed.keys()].filter(covering(gone)) : []),
        ...networks.filter((network) => gone.some(covering([network]))),
      ]
      await block([
        ...stay.map((value) => ({ value, seconds: left(value) })).filter(({ seconds }) => seconds > 0),
        ...come,
      ])
      note(come)
      return { added: come.length, removed: gone.length }
    },
  }
}

/** Decisions as they come: first all there are, then what has changed. Ends when it aborts. */
export async function* decisions(url, key, { signal, milliseconds = 10_000, tell = console.error }) {
  for (let startup = true; !signal.aborted; ) {
    try {
      const headers = { 'x-api-key': key }
      const within = AbortSignal.any([signal, AbortSignal.timeout(60_000)])
      const answer = await fetch(`${url}?startup=${startup}`, { headers, signal: within })
      if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}`)
      yield await answer.json()
      startup = false
    } catch (error) {
      if (signal.aborted) return
      startup = true // what is listed stays so; changes may be missed
      tell(`${error.message}: asked again in ${milliseconds / 1_000} s`)
    }
    await sleep(milliseconds, undefined, { signal }).catch(() => {})
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const [url, key] = process.argv.slice(2)
  const end = new AbortController()
  process.once('SIGINT', () => end.abort())
  let opened
  for await (const some of decisions(url, key, { signal: end.signal, milliseconds: 1_000 })) {
    if (!opened) {
      opened = await bouncer({ transport: openMnl }, some)
      opened.firewall.on('trouble', (error) => console.error(error.message))
      continue
    }
    try {
      const { added, removed } = await opened.take(some)
      if (added + removed > 0) console.log(`${added} added, ${removed} removed`)
    } catch (error) {
      console.error(`not taken: ${error.message}`)
    }
  }
  await opened?.firewall.remove()
}

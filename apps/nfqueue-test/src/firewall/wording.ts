import type { ConnectionJudged, FirewallStats, FirewallVerdict, JudgedConnection } from '@nfkit/firewall'
import { printable } from '@nfkit/netlink-codec'
import { bad, faint, good, notable, strong } from '../text/style.ts'
import { timeText } from '../text/time.ts'

const paints = { accept: good, drop: bad, reject: notable }

/** A verdict in colour. */
export const paintedVerdict = (verdict: FirewallVerdict, width = 0): string => paints[verdict](verdict.padEnd(width))

/** A connection that has its verdict, in one line: when, what, how long its judge took, and how many packets waited. */
export function judgedText({ connection, verdict, milliseconds, packets }: ConnectionJudged): string {
  const when = faint(timeText(BigInt(Date.now()) * 1_000_000n))
  const cost = faint(`${millisecondsText(milliseconds)}, ${packets} ${packets === 1 ? 'packet' : 'packets'}`)
  return `${when} ${strong(printable(`${connection}`))}${aboutText(connection)}  ${paintedVerdict(verdict)}  ${cost}\n`
}

/** What the judge has found out of it: ` (example.org, uid 1000)`, or nothing. */
export function aboutText(connection: JudgedConnection): string {
  const { name, owner } = connection.toJSON()
  const uid = owner !== undefined && 'socket' in owner ? owner.socket.uid : undefined
  const known = [...(name === undefined ? [] : [printable(name)]), ...(uid === undefined ? [] : [`uid ${uid}`])]
  return known.length === 0 ? '' : ` (${known.join(', ')})`
}

/** `0.41 ms`, `12 ms`, `3.2 s`. */
export function millisecondsText(milliseconds: number): string {
  if (milliseconds >= 1_000) return `${(milliseconds / 1_000).toFixed(1)} s`
  return `${milliseconds < 10 ? milliseconds.toFixed(2) : Math.round(milliseconds)} ms`
}

/** `19 connections judged: 12 accept, 7 reject; 24 packets seen`. */
export function statsText({ judged, packets, unjudged, undecided, outdated }: FirewallStats): string {
  const counts = Object.entries(judged).filter(([, count]) => count > 0)
  const all = counts.reduce((sum, [, count]) => sum + count, 0)
  const parts = [
    `${all} ${all === 1 ? 'connection' : 'connections'} judged${counts.length === 0 ? '' : `: ${counts.map(([verdict, count]) => `${count} ${verdict}`).join(', ')}`}`,
    `${packets} ${packets === 1 ? 'packet' : 'packets'} seen`,
    ...(undecided > 0 ? [`${undecided} undecided`] : []),
    ...(unjudged > 0 ? [`${unjudged} left unjudged`] : []),
    ...(outdated > 0 ? [`${outdated} asked anew`] : []),
  ]
  return parts.join('; ')
}

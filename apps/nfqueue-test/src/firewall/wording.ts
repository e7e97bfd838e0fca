import type { ConnectionJudged, FirewallStats, JudgedConnection } from '@nfkit/firewall'
import { printable } from '@nfkit/netlink-codec'
import { counted, tallied } from '../text/count.ts'
import { faint, strong } from '../text/style.ts'
import { timeText } from '../text/time.ts'
import { millisecondsText } from '../text/unit.ts'
import { paintedVerdict } from '../text/verdict.ts'

/** A connection that has its verdict, in one line: when, what, how long its judge took, and how many packets waited. */
export function judgedText({ connection, verdict, milliseconds, packets }: ConnectionJudged): string {
  const when = faint(timeText(BigInt(Date.now()) * 1_000_000n))
  const cost = faint(`${millisecondsText(milliseconds)}, ${counted(packets, 'packet')}`)
  return `${when} ${strong(printable(`${connection}`))}${aboutText(connection)}  ${paintedVerdict(verdict)}  ${cost}\n`
}

/** What the judge has found out of it: ` (example.org, uid 1000)`, or nothing. */
function aboutText(connection: JudgedConnection): string {
  const known = [nameOf(connection), ownerOf(connection)].filter((part) => part !== undefined)
  return known.length === 0 ? '' : ` (${known.join(', ')})`
}

/** The name it is about, where its judge has asked. */
export function nameOf(connection: JudgedConnection): string | undefined {
  const { name } = connection.toJSON()
  return name && printable(name)
}

/** `uid 1000`, where its judge has asked. */
export function ownerOf(connection: JudgedConnection): string | undefined {
  const { owner } = connection.toJSON()
  const uid = owner !== undefined && 'socket' in owner ? owner.socket.uid : undefined
  return uid === undefined ? undefined : `uid ${uid}`
}

/** `19 connections; verdicts: 12 accept, 7 reject; 24 packets seen`, in parts. */
export function statsParts({ judged, packets, unjudged, undecided, outdated }: FirewallStats): readonly string[] {
  const all = Object.values(judged).reduce((sum, count) => sum + count, 0)
  return [
    counted(all, 'connection'),
    ...tallied('verdicts', judged),
    `${counted(packets, 'packet')} seen`,
    ...(undecided > 0 ? [`${undecided} undecided`] : []),
    ...(unjudged > 0 ? [`${counted(unjudged, 'packet')} left to the queue`] : []),
    ...(outdated > 0 ? [`${outdated} asked anew`] : []),
  ]
}

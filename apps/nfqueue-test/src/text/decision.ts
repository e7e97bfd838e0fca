import { formatHex } from '@nfkit/inet'
import { toJson } from '@nfkit/netlink-codec'
import { expect } from '@nfkit/netlink-codec/conntrack'
import type { Decision, Verdict } from '@nfkit/nfqueue'
import { notable } from './style.ts'
import { markText } from './unit.ts'
import { paintedVerdict } from './verdict.ts'

/** What is done with a packet, in colour on a terminal: `accept mark 0x7 connmark 9`. */
export function decisionText(decision: Decision): string {
  const { verdict } = decision
  const word = typeof verdict === 'string' ? verdict : 'queue'
  return `${paintedVerdict(word, verdictText(verdict))}${notable(changesText(decision))}`
}

/** The same without colour, for files. */
export const plainDecision = (decision: Decision): string => `${verdictText(decision.verdict)}${changesText(decision)}`

const verdictText = (verdict: Verdict): string => (typeof verdict === 'string' ? verdict : `queue ${verdict.queue}`)

function changesText({ changes, unjudged }: Decision): string {
  const { mark, connmark, payload } = changes
  const isMark = (value: unknown) => typeof value === 'number'
  return [
    isMark(mark) ? ` mark ${markText(mark)}` : '',
    isMark(connmark) ? ` connmark ${markText(connmark)}` : '',
    payload ? ` rewritten to ${payload.length} bytes` : '',
    unjudged ? ` (left to the queue: ${unjudged})` : '',
  ].join('')
}

/** The same for programs: bytes in hexadecimal, what connection tracking is told by the names of its tables. */
export function decisionJson({ verdict, changes, unjudged }: Decision): object {
  const { payload, l2hdr, connection } = changes
  const bytes = { payload: payload && formatHex(payload), l2hdr: l2hdr && formatHex(l2hdr) }
  return { verdict, changes: { ...changes, ...bytes, connection: connection && connectionJson(connection) }, unjudged }
}

function connectionJson(connection: NonNullable<Decision['changes']['connection']>): object {
  const { labels, labelsMask, expect: expected } = connection
  return {
    ...connection,
    labels: labels && formatHex(labels),
    labelsMask: labelsMask && formatHex(labelsMask),
    expect: expected && toJson(expect, expected),
  }
}

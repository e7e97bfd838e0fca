import type { Decision, Verdict } from '@nfkit/nfqueue'
import { bad, good, notable } from './style.ts'

/** What is done with a packet, in colour on a terminal: `accept mark 0x7 connmark 9`. */
export function decisionText(decision: Decision): string {
  const { verdict } = decision
  const paint = verdict === 'drop' ? bad : typeof verdict === 'string' ? good : notable
  return `${paint(verdictText(verdict))}${notable(changesText(decision))}`
}

/** The same without colour, for files. */
export const plainDecision = (decision: Decision): string => `${verdictText(decision.verdict)}${changesText(decision)}`

const verdictText = (verdict: Verdict): string => (typeof verdict === 'string' ? verdict : `queue ${verdict.queue}`)

function changesText({ changes, unjudged }: Decision): string {
  const { mark, connmark, payload } = changes
  const isMark = (value: unknown) => typeof value === 'number'
  return [
    isMark(mark) ? ` mark 0x${mark.toString(16)}` : '',
    isMark(connmark) ? ` connmark ${connmark}` : '',
    payload ? ` rewritten to ${payload.length} bytes` : '',
    unjudged ? ` (left to the queue: ${unjudged})` : '',
  ].join('')
}

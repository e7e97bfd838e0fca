import type { FlowChanges, NatTarget } from '@nfkit/conntrack'
import { parseEnd } from '@nfkit/inet'
import { InvalidArgumentError } from 'commander'
import { meant, statusBits, tcpStates } from './condition.ts'

// Parsers of what an entry is to have. What they throw becomes one sentence on stderr.

/** `assured,seenReply`: bits to set. */
export function statusToSet(text: string): FlowChanges['status'] {
  if (text.includes('!')) throw new InvalidArgumentError('The kernel lets no bit be cleared.')
  return (statusBits(text) as { set: FlowChanges['status'] }).set
}

export function tcpStateToSet(text: string): FlowChanges['tcp'] {
  const state = meant(text, tcpStates)
  if (state !== undefined) return { state }
  throw new InvalidArgumentError(
    `It must be one of ${tcpStates.join(', ')}: entries of SCTP and DCCP are made by flows load.`,
  )
}

/** `203.0.113.9`, or with a port: `203.0.113.9:777`. */
export function natTarget(text: string): NatTarget {
  const end = parseEnd(text)
  if (end !== undefined) return end
  throw new InvalidArgumentError('It must be an address, or an address with a port: 203.0.113.9:777.')
}

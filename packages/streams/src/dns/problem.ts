import { ReadError } from '../reader/error.ts'

/** Why a DNS message is not read. */
export const dnsProblems = {
  truncated: 'the message ends before all that it announces is there',
  label: 'a label has a length that none can have',
  pointer: 'a name points into the header, at itself or forward, or through more than 127 pointers',
  name: 'a name is longer than 255 bytes',
  rdata: 'the contents of a record do not have the form of its type',
  length: 'a message over TCP cannot be shorter than its header',
} as const

/** A key of `dnsProblems`. */
export type DnsProblem = keyof typeof dnsProblems

export function refuse(problem: DnsProblem, at: number): never {
  throw new ReadError('DNS', problem, dnsProblems[problem], at)
}

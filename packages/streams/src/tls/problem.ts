import { ReadError } from '../reader/error.ts'

/** Why a TLS stream, or a hello of QUIC, is not read further. */
export const tlsProblems = {
  notTls: 'this is no TLS: another protocol, or the middle of a connection',
  notHello: 'a TLS connection begins with a hello, and this is something else',
  interrupted: 'the hello ends before it is complete: other records follow its first part',
  record: 'a record of this length or content cannot be',
  tooManyRecords: 'too many records without a byte of the hello stand in front of it or inside of it',
  tooLong: 'the hello is longer than this reader keeps: raise `most` to read it',
  truncated: 'a list of the hello reaches past the end of what it is in',
  trailing: 'bytes follow where the hello must end',
  tooManyExtensions: 'the hello has more extensions than this reader reads, 256',
  extension: 'an extension does not have the form that its standard gives it',
} as const

/** A key of `tlsProblems`. */
export type TlsProblem = keyof typeof tlsProblems

export function refuse(problem: TlsProblem, at: number): never {
  throw new ReadError('TLS', problem, tlsProblems[problem], at)
}

import * as argument from '../reader/argument.ts'
import { Cursor } from '../reader/cursor.ts'
import { ReadError } from '../reader/error.ts'
import { type DnsFlags, flagsOf } from './flags.ts'
import { dnsType } from './numbers.ts'
import { refuse } from './problem.ts'
import { type DnsQuestion, readQuestion } from './question.ts'
import { type DnsRecord, readRecord } from './record.ts'

/** What the sender of a message can do (RFC 6891). */
export interface DnsEdns {
  /** The longest answer over UDP it takes, in bytes. */
  readonly udpSize: number
  /** The version: 0. */
  readonly version: number
  /** Whether it wants signatures. */
  readonly dnssecOk: boolean
}

/** What is unusual in a message that some programs read all the same. */
export const dnsOddities = {
  questions: 'there is not exactly one question, as queries and their answers have',
  trailing: 'bytes follow behind the last record',
  edns: 'there are several OPT records: the first was read',
} as const

/** A key of `dnsOddities`. */
export type DnsOddity = keyof typeof dnsOddities

/** A DNS message. */
export interface DnsMessage {
  /** What joins a response to its query. */
  readonly id: number
  /** Whether it is a response. */
  readonly isResponse: boolean
  /** 0 is a query. */
  readonly opcode: number
  /** Bits of the header. */
  readonly flags: DnsFlags
  /** What became of the query: see `dnsResponseCode`. With EDNS it has twelve bits. */
  readonly responseCode: number
  /** What is asked: one question, unless `odd`. */
  readonly questions: readonly DnsQuestion[]
  /** Answers. Of a truncated response only the records that are whole. */
  readonly answers: readonly DnsRecord[]
  /** Records about who is responsible. */
  readonly authorities: readonly DnsRecord[]
  /** Records that save the next question. OPT is not among them. */
  readonly additionals: readonly DnsRecord[]
  /** What the sender can do, if it says so. */
  readonly edns: DnsEdns | undefined
  /** What is unusual: keys of `dnsOddities`. */
  readonly odd: readonly DnsOddity[]
}

const cut = (at: number): never => refuse('truncated', at)

/**
 * The message that a UDP datagram or `dnsMessages` carries. Contents of records that it has no form for are views of it. It reads names with pointers
 * in time and memory bounded by 256 times the message's length. Throws a `ReadError` when the message is malformed, or cut without saying so.
 *
 * @example
 * import { parseHex } from '@nfkit/inet'
 * import { decodeDns } from '@nfkit/streams/dns'
 *
 * const query = parseHex('1234 0100 0001 0000 0000 0000 03777777 07657861 6d706c65 03636f6d 00 001c 0001')!
 * const { id, questions } = decodeDns(query)
 * console.log(id, questions[0]?.name, questions[0]?.type) // 4660 www.example.com 28
 */
export function decodeDns(message: Uint8Array): DnsMessage {
  argument.bytes('decodeDns', message)
  const cursor = new Cursor(message, 0, message.length, cut)
  const [id, bits] = [cursor.u16(), cursor.u16()]
  const [questionCount, ...counts] = [cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16()]
  const flags = flagsOf(bits)
  const odd = new Set<DnsOddity>()
  const questions = Array.from({ length: Math.min(questionCount!, message.length) }, () => readQuestion(cursor))
  if (questions.length !== 1) odd.add('questions')
  const sections = readSections(cursor, counts, flags.truncated)
  if (sections.isWhole && cursor.left > 0) odd.add('trailing')
  const [answers = [], authorities = [], rest = []] = sections.records
  const [options, ...more] = rest.filter(({ type }) => type === dnsType.opt)
  if (more.length > 0) odd.add('edns')
  return {
    id,
    isResponse: (bits & 0x8000) !== 0,
    opcode: (bits >> 11) & 15,
    flags,
    responseCode: (bits & 15) | (options ? (options.ttlSeconds >>> 24) << 4 : 0),
    questions,
    answers,
    authorities,
    additionals: rest.filter(({ type }) => type !== dnsType.opt),
    edns: options && ednsOf(options),
    odd: [...odd],
  }
}

/** Class and TTL of an OPT record mean something else (RFC 6891, 6.1.3). */
const ednsOf = ({ class: udpSize, ttlSeconds }: DnsRecord): DnsEdns => ({
  udpSize,
  version: (ttlSeconds >>> 16) & 0xff,
  dnssecOk: (ttlSeconds & 0x8000) !== 0,
})

/** The records of each section. A message that says it is truncated may end anywhere. */
function readSections(cursor: Cursor, counts: readonly number[], mayEnd: boolean) {
  const records: DnsRecord[][] = counts.map(() => [])
  try {
    for (const [section, count] of counts.entries())
      for (let i = 0; i < count; i++) records[section]!.push(readRecord(cursor))
  } catch (error) {
    if (!mayEnd || !(error instanceof ReadError) || error.problem !== 'truncated') throw error
    return { records, isWhole: false }
  }
  return { records, isWhole: true }
}

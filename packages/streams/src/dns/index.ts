/**
 * DNS messages over UDP and TCP: what is asked, and which addresses are answered. Start with `decodeDns` and `dnsMessages`.
 *
 * @module
 */
export { ReadError, type ReadProtocol } from '../reader/error.ts'
export type { Reader } from '../reader/reader.ts'
export type { DnsFlags } from './flags.ts'
export { type DnsEdns, type DnsMessage, type DnsOddity, decodeDns, dnsOddities } from './message.ts'
export { dnsResponseCode, dnsType } from './numbers.ts'
export { type DnsProblem, dnsProblems } from './problem.ts'
export type { DnsQuestion } from './question.ts'
export type { DnsRecord, DnsRecordBase } from './record.ts'
export type { DnsService } from './service.ts'
export { type DnsStreamMessage, dnsMessages } from './stream.ts'

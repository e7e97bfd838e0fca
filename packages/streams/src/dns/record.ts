import { formatAddress } from '@nfkit/inet'
import { view } from '@nfkit/inet/bytes'
import type { Cursor } from '../reader/cursor.ts'
import { readName } from './name.ts'
import { dnsType } from './numbers.ts'
import { refuse } from './problem.ts'
import { classOf } from './question.ts'
import { type DnsService, readService } from './service.ts'

/** What every record has in front of its contents. */
export interface DnsRecordBase {
  /** In lower case; see `DnsQuestion.name`. */
  readonly name: string
  /** Type as the wire has it: see `dnsType`. */
  readonly type: number
  /** 1 is the Internet. The top bit, which multicast DNS uses, is not part of it. */
  readonly class: number
  /** How long it may be kept, in seconds. */
  readonly ttlSeconds: number
}

/** A record, by its `kind`. */
export type DnsRecord = DnsRecordBase &
  (
    | /** An A or AAAA record: a host's address. */ {
        /** What it is. */
        readonly kind: 'address'
        /** IPv4 or IPv6, as text. */
        readonly address: string
      }
    | /** A CNAME, NS or PTR record: another name. */ {
        /** What it is. */
        readonly kind: 'alias'
        /** The name it leads to, in lower case. */
        readonly target: string
      }
    | /** An SVCB or HTTPS record: how a service is reached (RFC 9460). */ {
        /** What it is. */
        readonly kind: 'service'
        /** What it says. */
        readonly service: DnsService
      }
    | /** Any other record. */ {
        /** What it is. */
        readonly kind: 'other'
        /** Its contents: a view of the message. */
        readonly data: Uint8Array
      }
  )

/** What of a record's contents depends on its type. */
type Content = {
  [K in DnsRecord['kind']]: Omit<Extract<DnsRecord, { kind: K }>, keyof DnsRecordBase>
}[DnsRecord['kind']]

const address =
  (size: number) =>
  (message: Uint8Array, at: number, end: number): Content => {
    if (end - at !== size) refuse('rdata', at)
    return { kind: 'address', address: formatAddress(view(message, at, end)) }
  }

function alias(message: Uint8Array, at: number, end: number): Content {
  const name = readName(message, at)
  if (name.end !== end) refuse('rdata', at)
  return { kind: 'alias', target: name.name.toLowerCase() }
}

const service = (message: Uint8Array, at: number, end: number): Content => ({
  kind: 'service',
  service: readService(message, at, end),
})

const contents: { readonly [type: number]: (message: Uint8Array, at: number, end: number) => Content } = {
  [dnsType.a]: address(4),
  [dnsType.aaaa]: address(16),
  [dnsType.cname]: alias,
  [dnsType.ns]: alias,
  [dnsType.ptr]: alias,
  [dnsType.svcb]: service,
  [dnsType.https]: service,
}

const other = (message: Uint8Array, at: number, end: number): Content => ({
  kind: 'other',
  data: view(message, at, end),
})

/** The record at the cursor. Throws a `ReadError` when it is malformed. */
export function readRecord(cursor: Cursor): DnsRecord {
  const { name, end } = readName(cursor.bytes, cursor.at)
  cursor.at = end
  const type = cursor.u16()
  const rawClass = cursor.u16()
  const ttlSeconds = cursor.u32()
  const data = cursor.part(cursor.u16())
  // In an update or a question for deletion there may be no contents (RFC 2136, 2.5).
  const read = data.left === 0 ? other : (contents[type] ?? other)
  return {
    name: name.toLowerCase(),
    type,
    class: type === dnsType.opt ? rawClass : classOf(rawClass),
    ttlSeconds,
    ...read(cursor.bytes, data.at, data.end),
  }
}

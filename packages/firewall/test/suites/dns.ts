import { parseAddress } from '@nfkit/inet'
import { dnsType } from '@nfkit/streams/dns'

/** A record of an answer. */
export interface TestRecord {
  readonly name: string
  readonly type: 'a' | 'aaaa' | 'cname' | 'https'
  readonly seconds?: number
  /** An address, or another name; of HTTPS, the host that serves and an address as a hint. */
  readonly to: string
  readonly hint?: string
}

/** What is asked, and as it is answered. */
export interface TestQuestion {
  readonly id?: number
  readonly name: string
  readonly type?: TestRecord['type']
}

/** A question for the addresses of a name. */
export function query({ id = 7, name, type = 'a' }: TestQuestion): Uint8Array {
  return Buffer.concat([header(id, 0x0100, [1, 0, 0, 0]), question(name, type)])
}

/** An answer to it. */
export function answer(
  { id = 7, name, type = 'a' }: TestQuestion,
  records: readonly TestRecord[],
  besides: readonly TestRecord[] = [],
): Uint8Array {
  return Buffer.concat([
    header(id, 0x8180, [1, records.length, 0, besides.length]),
    question(name, type),
    ...[...records, ...besides].map(recordOf),
  ])
}

/** A message as TCP carries it: with its length in front. */
export const framed = (message: Uint8Array): Uint8Array => Buffer.concat([u16(message.length), message])

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)
const header = (id: number, bits: number, counts: readonly number[]) => Buffer.concat([id, bits, ...counts].map(u16))
const question = (name: string, type: TestRecord['type']) =>
  Buffer.concat([wire(name), u16(dnsType[type]), Uint8Array.of(0, 1)])
const wire = (name: string): Uint8Array =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
    Uint8Array.of(0),
  ])

function recordOf({ name, type, seconds = 300, to, hint }: TestRecord): Uint8Array {
  const data = {
    a: () => parseAddress(to)!,
    aaaa: () => parseAddress(to)!,
    cname: () => wire(to),
    https: () =>
      Buffer.concat([
        u16(1),
        to === '.' ? Uint8Array.of(0) : wire(to),
        ...(hint ? [u16(4), u16(4), parseAddress(hint)!] : []),
      ]),
  }[type]()
  return Buffer.concat([
    wire(name),
    u16(dnsType[type]),
    Uint8Array.of(0, 1),
    u16(seconds >> 16),
    u16(seconds & 0xffff),
    u16(data.length),
    data,
  ])
}

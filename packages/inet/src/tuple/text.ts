import { parseAddress } from '../address/address.ts'
import { protocolName, protocolNumber } from '../protocol.ts'
import type { Tuple, TupleEnd } from './tuple.ts'

/** `tcp 10.0.0.1:4000 > [2001:db8::1]:443`, `icmp 10.0.0.1 > 10.0.0.2 type 8 code 0 id 7`. */
export function formatTuple({ protocol, source, destination, icmp }: Tuple): string {
  const name = typeof protocol === 'number' ? protocolName(protocol) : protocol
  const ends = `${name} ${formatEnd(source)} > ${formatEnd(destination)}`
  return icmp ? `${ends} type ${icmp.type} code ${icmp.code} id ${icmp.id}` : ends
}

/** `10.0.0.1:4000`, `[2001:db8::1]:443`; without a port the address alone. */
export function formatEnd({ address, port }: TupleEnd): string {
  if (port === undefined) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

const line = /^(?:protocol )?(\S+)\s+(\S+)\s+>\s+(\S+)(?:\s+type (\d+) code (\d+) id (\d+))?$/

/**
 * The inverse of `formatTuple`; `undefined` when the text is none of its forms. A protocol is a name of `ipProtocol` or a number.
 *
 * @example
 * import { parseTuple } from '@nfkit/inet'
 *
 * console.log(parseTuple('tcp 10.0.0.1:4000 > 10.0.0.2:22')?.destination.port) // 22
 * console.log(parseTuple('icmp 10.0.0.1 > 10.0.0.2 type 8 code 0 id 7')?.icmp?.id) // 7
 */
export function parseTuple(text: string): Tuple | undefined {
  const [, name = '', from = '', to = '', ...numbers] = line.exec(text.trim()) ?? []
  const protocol = protocolOf(name)
  const [source, destination] = [parseEnd(from), parseEnd(to)]
  if (protocol === undefined || source === undefined || destination === undefined) return undefined
  if (numbers[0] === undefined) return { protocol, source, destination }
  const [type, code, id] = [within(numbers[0], 0xff), within(numbers[1], 0xff), within(numbers[2], 0xffff)]
  if (type === undefined || code === undefined || id === undefined) return undefined
  return { protocol, source, destination, icmp: { type, code, id } }
}

/**
 * `10.0.0.1:4000`, `[2001:db8::1]:443`, or an address alone, with or without brackets where it is IPv6; `undefined` when the text is
 * none of these, or the port above 65535.
 *
 * @example
 * import { parseEnd } from '@nfkit/inet'
 *
 * console.log(parseEnd('[2001:db8::1]:443')) // { address: '2001:db8::1', port: 443 }
 */
export function parseEnd(text: string): TupleEnd | undefined {
  if (parseAddress(text)) return { address: text }
  const [, ipv6, ipv4, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const address = ipv6 ?? ipv4
  if (address === undefined || parseAddress(address)?.length !== (ipv6 === undefined ? 4 : 16)) return undefined
  if (digits === undefined) return { address }
  const port = within(digits, 0xffff)
  return port === undefined ? undefined : { address, port }
}

function protocolOf(text: string): Tuple['protocol'] | undefined {
  const name = text.toLowerCase()
  return protocolNumber(name) === undefined ? within(text, 0xff) : (name as Tuple['protocol'])
}

/** A decimal number up to `most`. */
function within(digits = '', most: number): number | undefined {
  const number = /^\d+$/.test(digits) ? Number(digits) : Number.NaN
  return number <= most ? number : undefined
}

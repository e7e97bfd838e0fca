import { ipProtocol, parseAddress } from '@nfkit/inet'
import { putBe32 } from '@nfkit/inet/bytes'
import { BuildError, whole } from './error.ts'
import type { ExtensionBytes } from './ip-packet.ts'

/** One option to put in. */
export interface OptionBytes {
  /** Option number. */
  readonly type: number
  /** The option's data, without type and length. */
  readonly data: Uint8Array
}

/**
 * A hop-by-hop header, padded: `hopByHop([{ type: 5, data: Uint8Array.of(0, 0) }])` is a router alert. Throws `BuildError` for options
 * that do not fit.
 */
export function hopByHop(options: readonly OptionBytes[] = []): ExtensionBytes {
  return { type: ipProtocol.hopByHop, bytes: optionsHeader(options) }
}

/** A destination options header, padded. Throws `BuildError` for options that do not fit. */
export function destinationOptions(options: readonly OptionBytes[] = []): ExtensionBytes {
  return { type: ipProtocol.destinationOptions, bytes: optionsHeader(options) }
}

function optionsHeader(options: readonly OptionBytes[]): Uint8Array {
  const content = options.flatMap(({ type, data }) => [whole(type, 0xff, 'type'), data.length, ...data])
  const bytes = new Uint8Array((2 + content.length + 7) & ~7)
  if (bytes.length > 2048) throw new BuildError(`${bytes.length} bytes`, 'an options header has at most 2048')
  bytes[1] = bytes.length / 8 - 1
  bytes.set(content, 2)
  const padding = bytes.length - 2 - content.length
  if (padding > 1) {
    bytes[2 + content.length] = 1 // PadN; a single byte of padding is 0
    bytes[3 + content.length] = padding - 2
  }
  return bytes
}

/**
 * A routing header over addresses in text: of type 0 in order of travel, of type 4 (segment routing) the last one first. Throws
 * `BuildError` for what is no IPv6 address.
 */
export function routing(type: 0 | 2 | 4, addresses: readonly string[], segmentsLeft: number): ExtensionBytes {
  const bytes = new Uint8Array(8 + 16 * addresses.length)
  bytes[1] = 2 * addresses.length
  bytes[2] = type
  bytes[3] = whole(segmentsLeft, 0xff, 'segmentsLeft')
  if (type === 4) bytes[4] = addresses.length - 1
  for (const [i, text] of addresses.entries()) {
    const address = parseAddress(text)
    if (address?.length !== 16) throw new BuildError(text, 'no IPv6 address')
    bytes.set(address, 8 + 16 * i)
  }
  return { type: ipProtocol.routing, bytes }
}

/** An authentication header with an integrity value that was not computed. Throws `BuildError` for numbers that do not fit. */
export function authentication(spi: number, sequence: number, icv: Uint8Array = new Uint8Array(12)): ExtensionBytes {
  const bytes = new Uint8Array(12 + icv.length)
  bytes[1] = bytes.length / 4 - 2
  putBe32(bytes, 4, whole(spi, 0xffff_ffff, 'spi'))
  putBe32(bytes, 8, whole(sequence, 0xffff_ffff, 'sequence'))
  bytes.set(icv, 12)
  return { type: ipProtocol.ah, bytes }
}

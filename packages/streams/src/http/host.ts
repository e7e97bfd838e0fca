import { parseAddress } from '@nfkit/inet'
import { comparedName } from '../reader/text.ts'
import { type HttpField, valuesOf } from './head.ts'
import { refuse } from './problem.ts'

/**
 * What is unusual in a request that is well-formed all the same.
 */
export const httpOddities = {
  emptyLine: 'empty lines stand in front of the request',
  noHost: 'the request names no host, which HTTP/1.1 demands',
  hostDiffers: 'the target names another host than the Host line: the target counts',
  hostUnusable: 'the host has characters that no host name has, or is longer than 255 bytes',
} as const

/** A key of `httpOddities`. */
export type HttpOddity = keyof typeof httpOddities

/** Host and port in `host`, `host:port` and `[address]:port`. */
const authority = /^(?:\[([^\]]*)\]|([^:@]*))(?::(\d{0,5}))?$/
const absolute = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i

/** Which host a request is for: that of its target if it names one, else that of its Host line. */
export interface RequestHost {
  /** As names are compared, or an address; `undefined` when there is none. */
  readonly host: string | undefined
  /** Its port, where it says one. */
  readonly port: number | undefined
}

/** The host of a request. What is odd is added to `odd`. Throws a `ReadError` when there are several Host lines. */
export function hostOf(
  method: string,
  target: string,
  fields: readonly HttpField[],
  at: number,
  odd: Set<HttpOddity>,
): RequestHost {
  const [line, ...more] = valuesOf(fields, 'host')
  if (more.length > 0) refuse('hosts', at)
  const named = method === 'CONNECT' ? target : absolute.exec(target)?.[1]
  const text = named ?? line
  if (text === undefined || text === '') {
    odd.add('noHost')
    return { host: undefined, port: undefined }
  }
  const found = split(text)
  if (found.host === undefined) odd.add('hostUnusable')
  if (named !== undefined && line !== undefined && split(line).host !== found.host) odd.add('hostDiffers')
  return found
}

function split(text: string): RequestHost {
  const [, inBrackets, name, port] = authority.exec(text) ?? []
  const isAddress = inBrackets !== undefined && parseAddress(inBrackets) !== undefined
  const host = isAddress ? inBrackets.toLowerCase() : name === undefined ? undefined : comparedName(name)
  return { host, port: host === undefined || !port ? undefined : Number(port) }
}

import { clientHellos } from '../src/tls/index.ts'
import { openSslHello } from './vectors/tls.ts'

/** A hello for `example.com`. */
export const hello = openSslHello

const found = Buffer.from(hello).indexOf('example.com')
/** Where its name begins and ends. */
export const nameAt = [found, found + 11] as const

/** What becomes of a connection by the name in its hello, once all of that is there. */
export function byName(bytes: Uint8Array): 'accept' | 'drop' | undefined {
  const [said] = clientHellos().push(bytes)
  return said && (said.serverName === 'example.com' ? 'drop' : 'accept')
}

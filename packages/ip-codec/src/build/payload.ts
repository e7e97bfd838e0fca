import { utf8 } from '@nfkit/inet/bytes'

/** Bytes, or text to be sent as UTF-8. */
export type Payload = Uint8Array | string

export function payloadBytes(payload: Payload | undefined): Uint8Array {
  if (payload === undefined) return new Uint8Array(0)
  return typeof payload === 'string' ? utf8(payload) : payload
}

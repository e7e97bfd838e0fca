import { parseIp } from '@nfkit/ip-codec'

/** A payload as a verdict puts it in: cut or grown at its end, cut to a size, or with one byte behind the network header changed. */
export function edited(payload, { cut = 0, to = payload.length - cut, grow = 0, flip }) {
  const kept = payload.subarray(0, Math.max(0, Math.min(to, payload.length)))
  const made = new Uint8Array(kept.length + grow)
  made.set(kept)
  const at = (parseIp(payload)?.payloadStart ?? made.length) + (flip ?? made.length)
  if (at < made.length) made[at] ^= 0x55
  return made
}

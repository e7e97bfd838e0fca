/** `/proc/sys/net/core/{r,w}mem_default`. */
export const defaultBuffer = 212_992
const smallest = { receive: 2304, send: 4608 }
const largest = 0x3fff_ffff

/**
 * What the kernel makes of a size asked for: SO_RCVBUFFORCE and SO_SNDBUFFORCE for the privileged, else their bounded forms. Reported sizes
 * are twice what was asked for.
 */
export function bufferLimit(which: 'receive' | 'send', asked: number, privileged: boolean): number {
  return Math.max(smallest[which], 2 * Math.min(asked, privileged ? largest : defaultBuffer))
}

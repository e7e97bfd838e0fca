import { closeSync, openSync } from 'node:fs'

/** Memory for a burst is larger, whatever else is allocated in a program is smaller. */
const large = 1 << 20

/** Take something until there is no more; each returns what gives it back. */
export const starvations = {
  /** As V8 answers where memory is limited; at a real limit it sooner or later ends the process for want of its own. */
  memory() {
    const real = globalThis.ArrayBuffer
    globalThis.ArrayBuffer = new Proxy(real, {
      construct(target, [bytes, ...more]) {
        if (bytes >= large) throw new RangeError('Array buffer allocation failed')
        return new target(bytes, ...more)
      },
    })
    return () => {
      globalThis.ArrayBuffer = real
    }
  },
  /** Up to the limit of the process. */
  descriptors() {
    const taken = []
    try {
      for (;;) taken.push(openSync('/dev/null', 'r'))
    } catch {}
    return () => {
      for (const descriptor of taken) closeSync(descriptor)
    }
  },
}

/** Bytes that count how often they are read, and note every read outside of them. */
export interface Watched {
  readonly bytes: Uint8Array
  readonly reads: () => number
  readonly strays: () => number[]
}

/** Watch `bytes`: byte for byte, not through windows onto their memory. */
export function watch(bytes: Uint8Array): Watched {
  let reads = 0
  const strays: number[] = []
  const proxy = new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && /^-?\d+$/.test(key)) {
        reads++
        if (Number(key) < 0 || Number(key) >= target.length) strays.push(Number(key))
      } else if (key === 'NaN' || key === 'undefined') strays.push(Number.NaN)
      return Reflect.get(target, key, target)
    },
  })
  return { bytes: proxy, reads: () => reads, strays: () => strays }
}

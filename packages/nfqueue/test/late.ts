import type { Handler, Packet } from '../src/index.ts'

/** A packet that is judged late, and what its handler looked at before. */
export interface Late {
  readonly packet: Packet
  /** Taken when the packet came: readable until the verdict. */
  readonly view: Uint8Array
  readonly copy: Uint8Array
  readonly judge: () => void
}

/** A handler that judges at once, but every nth packet only when asked to. */
export function lateEvery(n: number): { readonly late: Late[]; readonly handler: Handler } {
  const late: Late[] = []
  let count = 0
  const handler = (packet: Packet) => {
    if (++count % n !== 0) {
      packet.accept()
      return undefined
    }
    const view = packet.payload!
    return new Promise<void>((resolve) => {
      const judge = () => {
        packet.accept()
        resolve()
      }
      late.push({ packet, view, copy: view.slice(), judge })
    })
  }
  return { late, handler }
}

/** Bytes of a run of memory that some packets share which wait long. */
export const runSize = 4096

/** Memory that waiting packets keep: `shared` is what they came in, with others; `own` are the packets that have bytes which none but waiting ones keep. */
export function memoryOf(late: readonly Late[]) {
  const packets = new Map<ArrayBufferLike, number[]>()
  for (const { packet } of late) {
    const { bytes, start, end } = packet.message
    const lengths = packets.get(bytes.buffer)
    if (lengths) lengths.push(end - start)
    else packets.set(bytes.buffer, [end - start])
  }
  const all = [...packets].map(([{ byteLength }, lengths]) => ({ held: byteLength, lengths }))
  const isOwn = ({ held, lengths }: (typeof all)[number]) => held === runSize || held === lengths[0]
  return { shared: all.filter((buffer) => !isOwn(buffer)), own: all.filter(isOwn).flatMap(({ lengths }) => lengths) }
}

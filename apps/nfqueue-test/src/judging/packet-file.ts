import { type CaptureDirection, linktype, PcapngWriter } from '@nfkit/capture'
import type { Decision, Hook, Packet } from '@nfkit/nfqueue'
import { HeldFile } from '../file/held.ts'
import { plainDecision } from '../text/decision.ts'

const directions: { readonly [hook in Hook]?: CaptureDirection } = {
  prerouting: 'inbound',
  input: 'inbound',
  output: 'outbound',
  postrouting: 'outbound',
}

/** The packets of a session as a pcapng file for Wireshark, their verdicts as comments. */
export class PacketFile {
  readonly #file: HeldFile
  readonly #writer: PcapngWriter
  readonly #interfaces = new Map<string, number>()
  /** Packets that are not IP, which a capture of raw IP cannot hold. */
  omitted = 0

  constructor(path: string) {
    this.#file = new HeldFile(path)
    this.#writer = new PcapngWriter(this.#file, { application: 'nfqueue-test' })
  }

  /** Everything else is ready: make the file. Throws `UserError`. */
  open(): void {
    this.#file.open()
  }

  write(packet: Packet, decision: Decision): void {
    const { payload, hook, length, ip } = packet
    if (payload === undefined || ip === undefined) {
      this.omitted++
      return
    }
    this.#writer.record({
      interface: this.#interface(packet),
      timestampNs: packet.timestampNs ?? BigInt(Date.now()) * 1_000_000n,
      // The bytes go back to the kernel's memory afterwards.
      parts: [payload.slice()],
      originalLength: length,
      direction: hook && directions[hook],
      comment: commentOf(packet, decision),
    })
  }

  close(): void {
    this.#writer.close()
  }

  #interface({ indevName, outdevName, queue }: Packet): number {
    const name = indevName ?? outdevName ?? `queue ${queue}`
    const known = this.#interfaces.get(name)
    if (known !== undefined) return known
    const added = this.#writer.addInterface({ linktype: linktype.raw, name, description: `packets of queue ${queue}` })
    this.#interfaces.set(name, added)
    return added
  }
}

/** `#12 queue 0 input: accept mark 0x7`. */
const commentOf = ({ id, queue, hook }: Packet, decision: Decision): string =>
  `#${id} queue ${queue} ${hook ?? 'unknown hook'}: ${plainDecision(decision)}`

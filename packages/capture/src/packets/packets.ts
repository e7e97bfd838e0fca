import { check } from '@nfkit/netlink-transport'
import type { CaptureRecord } from '../format/record.ts'
import { type CapturedHook, type CapturedPacket, capturedPacket, type PacketOptions } from '../link/captured-packet.ts'
import { NotAPacket } from '../link/not-a-packet.ts'
import { type KernelInterfaces, ReplayDevices } from './devices.ts'
import { Neighbour } from './neighbour.ts'
import { ReplayPace } from './pace.ts'

/** A kernel that captured packets can be given to: `SimulatedKernel` is one. */
export interface PacketKernel<Outcome> {
  /** Deliver a packet; resolves with what became of it. */
  deliver(packet: Uint8Array, options: DeliveredAs): Promise<Outcome>
  /** Let virtual time pass, where time is virtual. */
  advance?(seconds: number): void
  /** Those it has. The capture's are found there by name, and added when they are missing. */
  readonly interfaces?: KernelInterfaces
}

/** How a captured packet is delivered. Properties that do not apply are absent. */
export interface DeliveredAs {
  /** The hook point the packet passes. */
  readonly hook: CapturedHook
  /** Index of the interface the packet comes in on. */
  readonly indev?: number
  /** Index of the interface the packet leaves by. */
  readonly outdev?: number
  /** The sender's: `02:00:00:00:00:01`. */
  readonly hardwareAddress?: string
  /** Packet mark. */
  readonly mark?: number
  /** Nanoseconds since 1970. */
  readonly receivedAt?: bigint
  /** The queue the packet goes to; when absent the kernel's rules decide. */
  readonly queue?: number
}

/** How fast packets are replayed, and where they go. */
export interface PacketReplayOptions extends PacketOptions {
  /**
   * `compressed` (the default): one packet after the other, as fast as they are judged; virtual time passes as it did in the
   * capture, so that connections expire when they would have. `original`: with the capture's pauses.
   */
  readonly timing?: 'compressed' | 'original' | undefined
  /**
   * Packets that may wait for their verdict at once; 1 by default, so that a reply never overtakes its request, and 1,024 with
   * `original` timing.
   */
  readonly inFlight?: number | undefined
  /** The queue packets go to; when absent the kernel's rules decide. */
  readonly queue?: number | undefined
  /** Stop. The loop throws the signal's reason; where the capture waits for bytes, that takes a signal of its own (`readCapture`). */
  readonly signal?: AbortSignal | undefined
}

const optionNames: check.OptionNames<PacketReplayOptions> = {
  hook: true,
  interfaces: true,
  cut: true,
  timing: true,
  inFlight: true,
  queue: true,
  signal: true,
}

/** What became of one record. */
export type ReplayedRecord<Outcome> =
  /** The record's packet was delivered, and this became of it. */
  | { readonly record: CaptureRecord; readonly packet: CapturedPacket; readonly outcome: Outcome }
  /** The record was skipped, for this reason. */
  | { readonly record: CaptureRecord; readonly skipped: string }

/**
 * Give the packets of an ordinary capture to a kernel; yields what became of each record, in the capture's order. Records that are no
 * IP packets are skipped with a reason, not lost. Throws what the capture throws, and what `deliver` rejects with.
 *
 * @example
 * import { readCapture, replayPackets } from '@nfkit/capture'
 * import { captureFile } from '@nfkit/capture/file'
 * import { openQueue } from '@nfkit/nfqueue'
 * import { SimulatedKernel } from '@nfkit/simulator'
 *
 * const kernel = new SimulatedKernel()
 * const queue = await openQueue(kernel.connect(), { number: 0 })
 * queue.run((packet) => packet.accept())
 * for await (const result of replayPackets(kernel, readCapture(captureFile('session.pcapng')))) {
 *   console.error('skipped' in result ? result.skipped : result.outcome.verdict)
 * }
 * await queue.close()
 */
export async function* replayPackets<Outcome>(
  kernel: PacketKernel<Outcome>,
  capture: AsyncIterable<CaptureRecord>,
  options: PacketReplayOptions = {},
): AsyncGenerator<ReplayedRecord<Outcome>, void, undefined> {
  const { timing = 'compressed', signal } = check.options('options', options, optionNames)
  if (signal !== undefined) check.signal('signal', signal)
  const { inFlight = timing === 'original' ? 1024 : 1 } = options
  if (!(inFlight >= 1)) throw new RangeError(`inFlight: ${inFlight} is not 1 or more`)
  const pace = new ReplayPace(timing, kernel, signal)
  const devices = new ReplayDevices(kernel.interfaces, options.interfaces)
  const read = { ...options, interfaces: devices.numbers }
  const waiting: Promise<ReplayedRecord<Outcome>>[] = []
  for await (const record of capture) {
    signal?.throwIfAborted()
    const due = pace.until(record.timestampNs)
    due?.catch(() => {})
    while (due && waiting.length > 0 && (await judgedBefore(due, waiting[0]!))) yield waiting.shift()!
    if (due) await due
    const result = replayed(kernel, devices, record, read)
    if (inFlight === 1) {
      yield result
      continue
    }
    // A caller that leaves the loop early does not wait for the rest.
    result.catch(() => {})
    waiting.push(result)
    if (waiting.length >= inFlight) yield waiting.shift()!
  }
  for (const result of waiting) yield result
}

/** Whether the oldest packet is judged before the next one is due. */
function judgedBefore(due: Promise<void>, oldest: Promise<unknown>): Promise<boolean> {
  const judged = oldest.then(
    () => true,
    () => true,
  )
  return Promise.race([judged, due.then(() => false)])
}

/** Rejects with whatever is thrown. An async function around it would take as long as all that it does here. */
function replayed<Outcome>(
  kernel: PacketKernel<Outcome>,
  devices: ReplayDevices,
  record: CaptureRecord,
  options: PacketReplayOptions,
): Promise<ReplayedRecord<Outcome>> {
  try {
    const packet = capturedPacket(record, options)
    if (packet instanceof NotAPacket) return Promise.resolve({ record, skipped: packet.reason })
    devices.require(packet.indev ?? packet.outdev, record)
    const delivered = kernel.deliver(packet.bytes, deliveredAs(packet, options.queue))
    return delivered.then((outcome) => ({ record, packet, outcome }))
  } catch (error) {
    return Promise.reject(error)
  }
}

const neighbour = new Neighbour()

function deliveredAs(packet: CapturedPacket, queue: number | undefined): DeliveredAs {
  const { hook, indev, outdev, hwaddr, mark, timestampNs } = packet
  const delivered: { -readonly [P in keyof DeliveredAs]: DeliveredAs[P] } = { hook }
  if (indev !== undefined) delivered.indev = indev
  if (outdev !== undefined) delivered.outdev = outdev
  if (hwaddr !== undefined) delivered.hardwareAddress = neighbour.text(hwaddr)
  if (mark !== undefined) delivered.mark = mark
  if (timestampNs !== undefined) delivered.receivedAt = timestampNs
  if (queue !== undefined) delivered.queue = queue
  return delivered
}

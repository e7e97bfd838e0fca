/**
 * Captures: read and write pcap and pcapng, get at the packets and netlink datagrams in them, record what a program says to the kernel,
 * and replay it. It runs anywhere; what needs Node, files and gzip, is `@nfkit/capture/file`.
 *
 * @module
 */
export { type ByteOrder, big, hostOrder, little } from './format/byte-order.ts'
export { CaptureError, type CaptureProblem } from './format/errors.ts'
export { linktype, linktypeName } from './format/linktype.ts'
export type { CaptureDirection, CaptureInterface, CaptureRecord } from './format/record.ts'
export { type CaptureSink, MemorySink } from './format/sink.ts'
export type { CaptureSource } from './format/source.ts'
export { captureKind } from './kind.ts'
export { type CapturedHook, type CapturedPacket, capturedPacket, type PacketOptions } from './link/captured-packet.ts'
export { NotAPacket } from './link/not-a-packet.ts'
export { LookAhead } from './look-ahead.ts'
export { isNetlink, type NetlinkDatagram, netlinkDatagrams, netlinkNetfilter } from './netlink/netlink.ts'
export type { KernelInterfaces } from './packets/devices.ts'
export {
  type DeliveredAs,
  type PacketKernel,
  type PacketReplayOptions,
  type ReplayedRecord,
  replayPackets,
} from './packets/packets.ts'
export { type PcapOptions, PcapWriter } from './pcap/writer.ts'
export { type InterfaceDescription, type PcapngOptions, PcapngWriter, type RecordDescription } from './pcapng/writer.ts'
export { type Capture, type CaptureOptions, isCapture, readCapture } from './reader.ts'
export { PacketRecorder, type RecordableView } from './record/packet-recorder.ts'
export { type RecordOptions, record } from './record/recorded-transport.ts'
export { type DifferenceKind, type ReplayDifference, ReplayError } from './replay/difference.ts'
export type { Comparison } from './replay/sent/message.ts'
export type { ReplayOptions, ReplayReport } from './replay/settings.ts'
export { type ReplayTransport, replayTransport } from './replay/transport.ts'

export { type ByteOrder, big, hostOrder, little } from './byte-order.ts'
export { captureKind } from './capture-kind.ts'
export type { CaptureDirection, CaptureInterface, CaptureRecord } from './capture-record.ts'
export { type CapturedHook, type CapturedPacket, capturedPacket, type PacketOptions } from './captured-packet.ts'
export { CaptureError, type CaptureProblem } from './errors.ts'
export { NotAPacket } from './frame.ts'
export { linktype, linktypeName } from './linktype.ts'
export { type NetlinkDatagram, netlinkDatagrams, netlinkNetfilter } from './netlink.ts'
export { type PcapOptions, PcapWriter } from './pcap-writer.ts'
export {
  type InterfaceDescription,
  type PcapngOptions,
  PcapngWriter,
  type RecordDescription,
} from './pcapng-writer.ts'
export { type Capture, type CaptureOptions, readCapture } from './reader.ts'
export { type RecordOptions, record } from './recorded-transport.ts'
export type { KernelInterfaces } from './replay-devices.ts'
export { type DifferenceKind, type ReplayDifference, ReplayError } from './replay-difference.ts'
export {
  type DeliveredAs,
  type PacketKernel,
  type PacketReplayOptions,
  type ReplayedRecord,
  replayPackets,
} from './replay-packets.ts'
export { type ReplayOptions, type ReplayReport, type ReplayTransport, replayTransport } from './replay-transport.ts'
export type { Comparison } from './sent-message.ts'
export { type CaptureSink, FileSink, MemorySink } from './sink.ts'
export type { CaptureSource } from './source.ts'

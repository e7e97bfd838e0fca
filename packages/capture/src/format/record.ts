/** Where records were captured. Captures of several interfaces number them from 0, in each section anew. */
export interface CaptureInterface {
  /** Number over the whole file: sections do not share interfaces. */
  readonly index: number
  /** A value of `linktype`. */
  readonly linktype: number
  /** Most bytes of a packet that were kept; 0 when all were. */
  readonly snapLength: number
  /** pcapng's `if_name`: `eth0`. Absent in pcap files. */
  readonly name: string | undefined
  /** pcapng's `if_description`. Absent in pcap files. */
  readonly description: string | undefined
}

/** As the capturing machine saw it: `inbound` came to it. */
export type CaptureDirection = 'inbound' | 'outbound'

/** One captured frame, or netlink datagram. */
export interface CaptureRecord {
  /** Path of the capture, or what else it is called. */
  readonly file: string
  /** Counts from 1, as Wireshark does, which counts custom blocks and log entries of a pcapng file, too. */
  readonly number: number
  /** Offset of the record in the capture, after decompression. */
  readonly offset: number
  /** Nanoseconds since 1970; `undefined` in records that carry none (pcapng's simple packets). */
  readonly timestampNs: bigint | undefined
  /** What the bytes start with: a value of `linktype`. */
  readonly linktype: number
  /** The interface that saw the frame. */
  readonly interface: CaptureInterface
  /** What was kept of the frame. A view: it may be kept, but holds the chunk of the file it came in. */
  readonly bytes: Uint8Array
  /** Bytes the frame had; more than `bytes` when the capture cut it. */
  readonly originalLength: number
  /** Which way the frame went, where the file says so. */
  readonly direction: CaptureDirection | undefined
  /** What the capturing program or a reader wrote about it; several comments are joined with line feeds. */
  readonly comment: string | undefined
}

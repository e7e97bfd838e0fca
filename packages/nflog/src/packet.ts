import { inspect, type Tuple } from '@nfkit/inet'
import { type IpJson, type IpPacket, parseIp, tupleOf } from '@nfkit/ip-codec'
import { type LoggedPacket, nfula } from '@nfkit/netlink-codec/nflog'
import { type PacketRows, PacketView, type ViewJson, viewJson, viewLine } from '@nfkit/netlink-codec/packet-view'

const { rows } = nfula

/** What a logged packet tells besides what every packet view does. */
export interface LogDetail {
  /** Number of the log group. */
  readonly group: number
  /** What the rule says; empty when it says nothing. */
  readonly prefix: string
  /** The packet's number in its group, from 0; it wraps at 2³². */
  readonly sequence: number
}

/** A logged packet in JSON: names where there are names, else numbers; what is absent is left out. */
export interface LogPacketJson extends ViewJson<IpJson>, LogDetail {}

/**
 * A packet the kernel logged: a copy, which takes no verdict. Getters read the kernel's bytes when called. The bytes are the program's own, and
 * readable for ever. `flow` needs a kernel with conntrack glue.
 */
export class LoggedPacketView extends PacketView<IpPacket> implements LogDetail {
  readonly message: LoggedPacket
  /** When it was read, milliseconds since 1970. */
  readonly readAt: number
  /** @internal Names of interfaces, by index. */
  readonly names: (index: number) => string | undefined
  protected readonly joined = undefined

  /** Packets are made by a `PacketLog`. Throws `DecodeError` for a message that is none. */
  constructor(message: LoggedPacket, readAt: number, names: (index: number) => string | undefined) {
    super()
    this.message = message
    this.readAt = readAt
    this.names = names
  }

  get group(): number {
    return this.message.group
  }
  get prefix(): string {
    return this.message.prefix
  }
  get sequence(): number {
    return this.message.get(rows.seq) ?? 0
  }
  /** What connection tracking would call the packet; `undefined` for what has no tuple: later fragments, ICMP that is no exchange, the GRE of PPTP. */
  get tuple(): Tuple | undefined {
    const { ip } = this
    return ip && tupleOf(ip)
  }
  /** Link-layer header of a packet that came in, hardware that has one: a view of the message's bytes. */
  get hardwareHeader(): Uint8Array | undefined {
    return this.message.get(rows.hwheader)
  }
  /** Kind of hardware it came in on: `ARPHRD_*`, 1 for Ethernet. */
  get hardwareType(): number | undefined {
    return this.message.get(rows.hwtype)
  }

  /** Names where there are names, bytes in hexadecimal, 64-bit numbers as decimal text; absent left out. */
  toJSON(): LogPacketJson {
    const { group, prefix, sequence } = this
    return viewJson(this, this.readAt, { group, prefix, sequence })
  }
  /** One line for people: `group 5 "ssh " input in eth0 10.0.0.1:40000 > 10.0.0.2:22 tcp SYN, 60 bytes`. */
  override toString(): string {
    const { prefix } = this
    return `group ${this.group}${prefix === '' ? '' : ` ${JSON.stringify(prefix)}`} ${viewLine(this)}`
  }
  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }

  protected override get rows(): PacketRows {
    return rows
  }
  protected override interfaceName(index: number): string | undefined {
    return this.names(index)
  }
  protected override parse(payload: Uint8Array): IpPacket | undefined {
    return parseIp(payload)
  }
}

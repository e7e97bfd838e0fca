import { formatHardwareAddress } from '@nfkit/inet'
import type { Flow } from '../flow/flow.ts'
import { hook as hooks } from '../nfnetlink/constants.ts'
import type { Vlan } from '../nfqueue/table.ts'
import type { Attr } from '../schema/shape.ts'

/** The hook a packet was met at. */
export type Hook = keyof typeof hooks

const hookNames = Object.keys(hooks) as readonly Hook[]

/** A VLAN tag the network card took out of the frame. */
export interface VlanTag {
  /** Tag protocol: 0x8100 or 0x88a8. */
  readonly proto: number | undefined
  /** Priority (3 bits), drop eligibility (1) and VLAN id (12). */
  readonly tci: number | undefined
}

/** A message about one packet. Getters read bytes when called. */
export interface PacketMessage {
  /** Family of the hook, a value of `family`: 2 IPv4, 10 IPv6, 7 bridge, 3 ARP. */
  readonly family: number
  /** Number of the hook, a value of `hook`. */
  readonly hook: number
  /** Ethernet type: 0x0800 IPv4, 0x86dd IPv6, 0x0806 ARP. */
  readonly hwProtocol: number
  /** Packet mark; 0 when the kernel sends none. */
  readonly mark: number
  /** Index of the input interface; the bridge itself for bridged packets. */
  readonly indev: number | undefined
  /** Index of the output interface; the bridge itself for bridged packets. */
  readonly outdev: number | undefined
  /** From the network header on, cut to the copy range; empty when nothing was copied. A view of the message's bytes. */
  readonly payload: Uint8Array
  /** 0 when no bytes of the packet were copied. */
  readonly payloadLength: number
  /** The packet's connection, where the kernel was asked for it and knows it. A view of the message's bytes. */
  readonly flow: Flow | undefined
  /** Any attribute, by its row in the family's table; `undefined` when it is absent. Throws `DecodeError` when it is malformed. */
  get<T>(row: Attr<T>): T | undefined
}

/** The rows of a family that every view reads; each family has them under its own numbers. */
export interface PacketRows {
  /** When the packet was received: seconds since 1970, and microseconds. */
  readonly timestamp: Attr<{ readonly sec: bigint; readonly usec: bigint }>
  /** Index of the bridge's input port. */
  readonly ifindexPhysindev: Attr<number>
  /** Index of the bridge's output port. */
  readonly ifindexPhysoutdev: Attr<number>
  /** Source hardware address: its first `hwAddrlen` bytes count. */
  readonly hwaddr: Attr<{ readonly hwAddrlen: number; readonly hwAddr: Uint8Array }>
  /** User id of the local socket that sent the packet. */
  readonly uid: Attr<number>
  /** Group id of the local socket that sent the packet. */
  readonly gid: Attr<number>
  /** How the packet relates to its connection: a value of `ctInfo`. */
  readonly ctInfo: Attr<number>
  /** VLAN tag held outside the frame; bridge family only. */
  readonly vlan: Attr<Vlan>
  /** Link-layer header; bridge family only. */
  readonly l2hdr: Attr<Uint8Array>
}

/** What a packet tells. Getters read the kernel's bytes when called. `Ip` is how the family's package shows the payload's headers. */
export abstract class PacketView<Ip> {
  /** The message underneath, for attributes without a getter. */
  abstract readonly message: PacketMessage
  /** The rows of its family's table. */
  protected abstract readonly rows: PacketRows
  /** Its connection, where that comes from elsewhere than the message. */
  protected abstract readonly joined: Flow | undefined
  /** Name of an interface in the network namespace the packet was seen in. */
  protected abstract interfaceName(index: number): string | undefined
  /** The payload's headers, read when asked. */
  protected abstract parse(payload: Uint8Array): Ip | undefined

  get hook(): Hook | undefined {
    return hookNames[this.message.hook]
  }
  /** Family of the hook, a value of `family`: 2 IPv4, 10 IPv6, 7 bridge, 3 ARP. */
  get family(): number {
    return this.message.family
  }
  /** Ethernet type: 0x0800 IPv4, 0x86dd IPv6, 0x0806 ARP. */
  get hwProtocol(): number {
    return this.message.hwProtocol
  }
  /** Packet mark; the kernel sends none when it is 0. */
  get mark(): number {
    return this.message.mark
  }
  /** From the network header on, cut to the copy range; `undefined` when nothing was copied. A view of the message's bytes. */
  get payload(): Uint8Array | undefined {
    const message = this.message
    return message.payloadLength === 0 ? undefined : message.payload
  }
  /** The payload's headers, read lazily; `undefined` when it is neither IPv4 nor IPv6. */
  get ip(): Ip | undefined {
    const { payload } = this
    return payload && this.parse(payload)
  }
  /** The packet's connection, where the kernel was asked for it or it was looked up. A view of the message's bytes. */
  get flow(): Flow | undefined {
    return this.message.flow ?? this.joined
  }
  /** How the packet relates to its connection: a value of `ctInfo`. */
  get ctInfo(): number | undefined {
    return this.attribute(this.rows.ctInfo)
  }
  /** When it was received, nanoseconds since 1970. The kernel has it only while something on the host asks for receive times. */
  get timestampNs(): bigint | undefined {
    const at = this.attribute(this.rows.timestamp)
    return at && at.sec * 1_000_000_000n + at.usec * 1_000n
  }
  /** Index of the input interface; the bridge itself for bridged packets. */
  get indev(): number | undefined {
    return this.message.indev
  }
  get outdev(): number | undefined {
    return this.message.outdev
  }
  /** Index of the bridge's input port. */
  get physIndev(): number | undefined {
    return this.attribute(this.rows.ifindexPhysindev)
  }
  get physOutdev(): number | undefined {
    return this.attribute(this.rows.ifindexPhysoutdev)
  }
  /** Names of the interfaces, looked up when asked for. */
  get indevName(): string | undefined {
    return this.nameOf(this.indev)
  }
  get outdevName(): string | undefined {
    return this.nameOf(this.outdev)
  }
  get physIndevName(): string | undefined {
    return this.nameOf(this.physIndev)
  }
  get physOutdevName(): string | undefined {
    return this.nameOf(this.physOutdev)
  }
  /** Source hardware address: `02:00:5e:10:00:01`. Absent for packets of this host and on interfaces without. */
  get hwaddr(): string | undefined {
    const hw = this.attribute(this.rows.hwaddr)
    return hw && formatHardwareAddress(hw.hwAddr.subarray(0, hw.hwAddrlen))
  }
  /** User id of the local socket that sent the packet. */
  get uid(): number | undefined {
    return this.attribute(this.rows.uid)
  }
  get gid(): number | undefined {
    return this.attribute(this.rows.gid)
  }
  /** Bridge family only. */
  get vlan(): VlanTag | undefined {
    const tag = this.attribute(this.rows.vlan)
    return tag && { proto: tag.proto, tci: tag.tci }
  }
  /** Link-layer header; bridge family only. A view of the message's bytes. */
  get l2hdr(): Uint8Array | undefined {
    return this.attribute(this.rows.l2hdr)
  }

  /** Any attribute. */
  protected attribute<T>(row: Attr<T>): T | undefined {
    return this.message.get(row)
  }
  /** The name of the interface, where the packet has one. */
  protected nameOf(index: number | undefined): string | undefined {
    return index === undefined ? undefined : this.interfaceName(index)
  }
}

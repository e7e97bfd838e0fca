import type { Masked } from '@nfkit/inet'
import { type Conntrack, type Expect, markAttrs } from '@nfkit/netlink-codec/conntrack'
import type { Nfqa } from '@nfkit/netlink-codec/nfqueue'
import { check, type OptionNames } from '@nfkit/netlink-transport'

export type { Masked }

/** What a verdict may change besides letting the packet go on. Absent means unchanged. */
export interface VerdictChanges {
  /** Packet mark: seen by later rules and by routing. */
  readonly mark?: number | undefined
  /** Packet priority (Linux 5.18). */
  readonly priority?: number | undefined
  /** Mark of the connection: kept for all its packets. Ignored by the kernel when the packet has no connection. */
  readonly connmark?: number | Masked | undefined
  /** More of the connection. Ignored by the kernel when the packet has none. */
  readonly connection?: ConnectionChanges | undefined
  /**
   * The packet from its network header on; lengths and checksums are the caller's business (see `@nfkit/ip-codec`). Only the checksum of
   * TCP, UDP and SCTP that hardware was still to compute (`checksumNotReady`) is finished, where it is wrong.
   */
  readonly payload?: Uint8Array | undefined
  /** VLAN tag; bridge family only. */
  readonly vlan?: { readonly proto: number; readonly tci: number } | undefined
  /** Link-layer header, as long as the packet's own; bridge family only. */
  readonly l2hdr?: Uint8Array | undefined
}

/** What the kernel accepts of a connection in a verdict (ctnetlink_glue_parse_ct). It applies one by one, in this order. */
export interface ConnectionChanges {
  /** Seconds, until the connection's next packet sets its own. */
  readonly timeoutSeconds?: number | undefined
  /** Bits of `status` to set; the rest cannot be changed here. */
  readonly status?: number | undefined
  /** Name of a helper. */
  readonly helper?: string | undefined
  /** Up to 16 bytes; label 0 is the low bit of the first. */
  readonly labels?: Uint8Array | undefined
  /** The labels to change, as long as `labels`; all when absent. */
  readonly labelsMask?: Uint8Array | undefined
  /** An expectation to attach; the connection must have a helper. */
  readonly expect?: Expect | undefined
}

/** What a verdict for many packets may change. */
export type BatchChanges = Pick<VerdictChanges, 'mark' | 'priority'>

/** What there is to change. */
const changeNames: OptionNames<VerdictChanges> = {
  mark: true,
  priority: true,
  connmark: true,
  connection: true,
  payload: true,
  vlan: true,
  l2hdr: true,
}

const connectionNames: OptionNames<ConnectionChanges> = {
  timeoutSeconds: true,
  status: true,
  helper: true,
  labels: true,
  labelsMask: true,
  expect: true,
}

export const batchChanges: OptionNames<BatchChanges> = { mark: true, priority: true }

/** The attributes of a verdict message, without its header. Throws `TypeError` for a change there is none of. */
export function attributesOf(changes: VerdictChanges): Nfqa {
  const { connection, connmark } = check.options('changes', changes, changeNames)
  const ct: Conntrack | undefined =
    connection === undefined && connmark === undefined
      ? undefined
      : { ...connectionAttrs(connection), ...(connmark === undefined ? undefined : markAttrs(connmark)) }
  return {
    ct,
    exp: connection?.expect,
    vlan: changes.vlan,
    l2hdr: changes.l2hdr,
    mark: changes.mark,
    priority: changes.priority,
    payload: changes.payload,
  }
}

function connectionAttrs(of: ConnectionChanges = {}): Conntrack {
  check.options('connection', of, connectionNames)
  return {
    timeout: of.timeoutSeconds,
    status: of.status,
    help: of.helper === undefined ? undefined : { name: of.helper },
    labels: of.labels,
    labelsMask: of.labelsMask,
  }
}

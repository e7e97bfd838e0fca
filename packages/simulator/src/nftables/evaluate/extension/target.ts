import { be16 } from '@nfkit/inet/bytes'
import { errno, u16, u32 } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { Refusal } from '../../../netlink/refusal.ts'
import { setConnmark } from '../../../rules/connection-actions.ts'
import type { Rejection } from '../../../rules/rejection.ts'
import type { Step } from '../../state/chain.ts'
import { queueing } from '../act/queue.ts'
import { rejecting } from '../act/reject.ts'
import { masqueradeAs, redirectTo, translateTo } from '../act/translate.ts'
import type { EvaluateHost } from '../host.ts'
import { type Extension, type Extensions, ofIp, textOf } from './info.ts'

/** struct xt_NFQ_info_v3. */
const nfqueue: Extension = {
  size: 6,
  make(info, { host }) {
    const [first, count, flags] = [u16(info, 0), u16(info, 2), u16(info, 4)]
    if (count === 0 || first + count > 0x1_0000 || flags > 3) throw new Refusal(errno.EINVAL)
    return queueing({ first, count, bypass: (flags & 1) !== 0, fanout: (flags & 2) !== 0 }, host)
  },
}

/** struct xt_mark_tginfo2. */
const mark: Extension = {
  size: { ...ofIp(8), [family.arp]: 8 },
  make(info) {
    const [value, mask] = [u32(info, 0), u32(info, 4)]
    return ({ journey: { packet } }) => {
      packet.mark = ((packet.mark & ~mask) ^ value) >>> 0
      return undefined
    }
  },
}

const [setMark, saveMark, restoreMark] = [0, 1, 2]

/** struct xt_connmark_tginfo1, and 2, which can shift. */
function connmark(info: Uint8Array, { tracking }: EvaluateHost): Step {
  const [ctmark, ctmask, nfmask, mode] = [u32(info, 0), u32(info, 4), u32(info, 8), info[12]!]
  const [isRight, by] = [info[13] !== 0, info[14]!]
  const shifted = (value: number) => (isRight ? value >>> by : value << by)
  if (mode > restoreMark) throw new Refusal(errno.EINVAL)
  return ({ journey: { packet } }) => {
    const { connection } = packet
    if (!connection) return undefined
    const kept = connection.mark & ~ctmask
    if (mode === setMark) setConnmark(tracking, connection, shifted(kept ^ ctmark) >>> 0)
    else if (mode === saveMark) setConnmark(tracking, connection, (kept ^ shifted(packet.mark & nfmask)) >>> 0)
    else packet.mark = ((packet.mark & ~nfmask) ^ shifted(connection.mark & ctmask)) >>> 0
    return undefined
  }
}

/** struct xt_nflog_info. */
const nflog: Extension = {
  size: ofIp(76),
  make(info, { host }) {
    const [length, group, threshold] = [u32(info, 0), u16(info, 4), u16(info, 6)]
    const action = { group, threshold, length: length || undefined, prefix: textOf(info.subarray(12, 76)) || undefined }
    return ({ journey }) => {
      host.log(journey, action)
      return undefined
    }
  },
}

/** What REJECT sends, in the order of its numbers (enum ipt_reject_with, enum ip6t_reject_with). */
const rejections = {
  [family.ipv4]: [0, 1, 2, 3, undefined, 9, 10, 'tcp reset', 13],
  [family.ipv6]: [0, 1, 2, 3, 4, undefined, 'tcp reset', 5, 6],
} as const
const isRejecting = (of: number): of is keyof typeof rejections => of in rejections

const reject: Extension = {
  size: ofIp(4),
  make(info, { table, host }) {
    const how: Rejection | number | undefined = isRejecting(table.family)
      ? rejections[table.family][u32(info, 0)]
      : undefined
    if (how === undefined) throw new Refusal(errno.EINVAL)
    return rejecting(() => how, host)
  },
}

/** struct xt_ct_target_info_v1. */
function ct(info: Uint8Array): Step {
  const [flags, zone] = [u16(info, 0), u16(info, 2)]
  const [helper, timeoutPolicy] = [textOf(info.subarray(12, 28)), textOf(info.subarray(28, 60))]
  const template = { zone, helper: helper || undefined, timeoutPolicy: timeoutPolicy || undefined }
  return ({ journey: { packet } }) => {
    if (packet.connection || packet.template || packet.untracked) return undefined
    if (flags & 1) packet.untracked = true
    else packet.template = template
    return undefined
  }
}

const notrack = new Uint8Array(72).fill(1, 0, 1)

const [mapsAddress, mapsPorts] = [1, 2]

/** struct nf_nat_range2, or the first of struct nf_nat_ipv4_multi_range_compat: a range of addresses, of which the first counts, and of ports. */
function rangeOf(info: Uint8Array, isOld: boolean, isIpv4: boolean) {
  const [start, length] = isOld ? [4, 4] : [0, 16]
  const flags = u32(info, start)
  const portsAt = start + 4 + 2 * length
  const address = info.slice(start + 4, start + 4 + (isIpv4 ? 4 : 16))
  return {
    address: flags & mapsAddress ? address : undefined,
    ports: flags & mapsPorts ? { min: be16(info, portsAt), max: be16(info, portsAt + 2) } : undefined,
  }
}

const translating = (size: number, isSource: boolean): Extension => ({
  size: ofIp(size),
  make(info, { table, host }) {
    const to = rangeOf(info, false, table.family === family.ipv4)
    return ({ journey }) => translateTo(journey, to, isSource, host)
  },
})

/** MASQUERADE and REDIRECT have a struct for each version of IP. */
const choosing = (act: typeof masqueradeAs): Extension => ({
  size: { [family.ipv4]: 20, [family.ipv6]: 40 },
  make(info, { table, host }) {
    const isIpv4 = table.family === family.ipv4
    const { ports } = rangeOf(info, isIpv4, isIpv4)
    return ({ journey }) => act(journey, ports, host)
  },
})

const passing = (size: number): Extension => ({ size, make: () => () => undefined })

/** What the older revision has there is padding. */
const withoutShift = (info: Uint8Array): Uint8Array => Uint8Array.from(info, (byte, i) => (i > 12 ? 0 : byte))

/** Targets of iptables. */
export const targets: Extensions = {
  'NFQUEUE 3': nfqueue,
  'MARK 2': mark,
  'CONNMARK 1': { size: ofIp(16), make: (info, { host }) => connmark(withoutShift(info), host) },
  'CONNMARK 2': { size: ofIp(16), make: (info, { host }) => connmark(info, host) },
  'NFLOG 0': nflog,
  'LOG 0': { ...passing(32), size: ofIp(32) },
  'REJECT 0': reject,
  'CT 2': { size: ofIp(72), make: ct },
  'NOTRACK 0': { size: ofIp(0), make: () => ct(notrack) },
  'SNAT 1': translating(40, true),
  'DNAT 1': translating(40, false),
  'SNAT 2': translating(44, true),
  'DNAT 2': translating(44, false),
  'MASQUERADE 0': choosing(masqueradeAs),
  'REDIRECT 0': choosing(redirectTo),
}

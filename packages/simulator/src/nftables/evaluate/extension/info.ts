import { errno } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { Refusal } from '../../../netlink/refusal.ts'
import type { Step } from '../../state/chain.ts'
import { type Context, needed } from '../context.ts'

/** An extension of iptables: how long its struct is, by the families it is for where it is not for all, and what makes a step of it. */
export interface Extension {
  readonly size: number | { readonly [family: number]: number }
  make(info: Uint8Array, context: Context): Step
}

/**
 * Of a struct that both versions of IP have: in tables of the family `inet` most extensions are unknown (since 6.12, and in stable kernels
 * before).
 */
export const ofIp = (size: number): { readonly [family: number]: number } => ({
  [family.ipv4]: size,
  [family.ipv6]: size,
})

/** Bytes structs are padded to (XT_ALIGN). */
const alignment = 8
const aligned = (size: number): number => Math.ceil(size / alignment) * alignment

/** What an expression says of an extension. */
export interface Asked {
  readonly name?: string | undefined
  readonly rev?: number | undefined
  readonly info?: Uint8Array | undefined
}

/** Extensions by name and revision. Others are unknown to the kernel. */
export interface Extensions {
  readonly [nameAndRevision: string]: Extension
}

/**
 * An extension that is there for a family, and its struct. Throws `Refusal` for one that is not there, in this revision, and for a struct of
 * another length (nft_compat.c).
 */
export function find(extensions: Extensions, { name, rev, info }: Asked, family: number): [Extension, Uint8Array] {
  const key = `${needed(name)} ${needed(rev)}`
  const given = needed(info)
  const extension = Object.hasOwn(extensions, key) ? extensions[key] : undefined
  const bytes = typeof extension?.size === 'object' ? extension.size[family] : extension?.size
  if (!extension || bytes === undefined) throw new Refusal(errno.ENOENT)
  const size = aligned(bytes)
  if (given.length < bytes || aligned(given.length) !== size) throw new Refusal(errno.EINVAL)
  const whole = new Uint8Array(size)
  whole.set(given)
  return [extension, whole]
}

/** The step of an extension. Throws `Refusal`. */
export const extending =
  (extensions: Extensions) =>
  (asked: Asked, context: Context): Step => {
    const [extension, info] = find(extensions, asked, context.table.family)
    return extension.make(info, context)
  }

/** Text that ends with a zero. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}

import { u32 } from '@nfkit/netlink-codec'
import type { Expression } from '@nfkit/netlink-codec/nftables'
import { changed, compared, type MarkUse, type RuleUses } from './use.ts'

/** What an extension of iptables does with marks: by the numbers of 32 bits that its options begin with, and the byte behind them. */
interface Extension {
  readonly words: number
  uses(words: readonly number[], mode: number): readonly MarkUse[]
}

/** What extensions of iptables do with marks (net/netfilter/xt_mark.c, xt_connmark.c, xt_TPROXY.c). */
export const markUses = {
  /** `-m mark --mark VALUE/MASK`. */
  mark: (value: number, mask: number) => [compared('packet', mask, value)],
  /** `-m connmark --mark VALUE/MASK`. */
  connmark: (mask: number) => [compared('connection', mask, 0)],
  /** `-j MARK --set-xmark VALUE/MASK`, and TPROXY: the mark becomes `(mark & ~MASK) ^ VALUE`. */
  set: (value: number, mask: number) => [changed('packet', mask, value)],
  /** `-j CONNMARK --set-xmark VALUE/MASK`. */
  setConnection: (value: number, mask: number) => [changed('connection', mask, value)],
  /** `-j CONNMARK --save-mark`: the packet's bits of `packetMask` take the place of those of `mask`. */
  save: (mask: number, packetMask: number) => [
    changed('connection', mask, packetMask),
    compared('packet', packetMask, packetMask),
  ],
  /** `-j CONNMARK --restore-mark`: the connection's bits of `mask` become the packet's. */
  restore: (mask: number) => [compared('connection', mask, 0)],
} as const satisfies { readonly [what: string]: (...numbers: number[]) => readonly MarkUse[] }

const { connmark, mark, restore, save, set, setConnection } = markUses

/** struct xt_connmark_tginfo1: ctmark, ctmask, nfmask, mode. */
const CONNMARK: Extension = {
  words: 3,
  uses: ([value = 0, mask = 0, packetMask = 0], mode) =>
    [() => setConnection(value, mask), () => save(mask, packetMask), () => restore(mask)][mode]?.() ?? [],
}
/** struct xt_tproxy_target_info, and that of revision 1: mask, value. */
const TPROXY: Extension = { words: 2, uses: ([mask = 0, value = 0]) => set(value, mask) }

/** Extensions that have to do with marks, by what they are, name and revision (include/uapi/linux/netfilter/xt_*.h). */
const extensions: { readonly [kind: string]: { readonly [name: string]: { readonly [revision: number]: Extension } } } =
  {
    match: {
      mark: { 1: { words: 2, uses: ([value = 0, mask = 0]) => mark(value, mask) } },
      connmark: { 1: { words: 2, uses: ([, mask = 0]) => connmark(mask) } },
    },
    target: {
      MARK: { 2: { words: 2, uses: ([value = 0, mask = 0]) => set(value, mask) } },
      CONNMARK: { 1: CONNMARK, 2: CONNMARK },
      TPROXY: { 0: TPROXY, 1: TPROXY },
      HMARK: {},
    },
  }

/** What an expression that has no words in nft has to do with marks. */
export function extensionUses(expression: Expression): RuleUses {
  const { name: kind, data } = expression
  const known = extensions[kind]
  if (known === undefined) return isAboutMark(expression) ? unread(`what it does with the ${kind} mark`) : unused
  const { name = '', rev = 0, info } = (data ?? {}) as { name?: string; rev?: number; info?: Uint8Array }
  if (!Object.hasOwn(known, name)) return unused
  const extension = known[name]![rev]
  if (extension === undefined || info === undefined || info.length < 4 * extension.words)
    return unread(`revision ${rev} of the ${kind} ${name}`)
  const words = Array.from({ length: extension.words }, (_, i) => u32(info, 4 * i))
  return { uses: extension.uses(words, info[4 * extension.words] ?? 0) }
}

const isAboutMark = ({ name, data }: Expression): boolean =>
  ['meta', 'ct', 'socket'].includes(name) && (data as { key?: unknown } | undefined)?.key === 'mark'

const unused: RuleUses = { uses: [] }
const unread = (what: string): RuleUses => ({ uses: [], unread: what })

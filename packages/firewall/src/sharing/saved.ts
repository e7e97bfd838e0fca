import { allBits, type MarkUse } from './use.ts'
import { markUses } from './xtables.ts'

/** A rule of iptables, as `iptables-save` writes it, and what it has to do with marks. */
export interface SavedRule {
  readonly text: string
  readonly uses: readonly MarkUse[]
}

/** Options of what a rule last named: the word in front of each value. */
type Options = ReadonlyMap<string, string>

/** A value and its mask: `0x1/0xff`; all bits where none is said. */
function masked(text: string | undefined): [value: number, mask: number] {
  const [value = '0', mask] = (text ?? '').split('/')
  return [Number(value), mask === undefined ? allBits : Number(mask)]
}

const maskIn = (options: Options, name: string): number => Number(options.get(name) ?? allBits)

const { connmark, mark, restore, save, set, setConnection } = markUses

/** What matches and targets do, by the flag in front of their name and the name. */
const extensions: { readonly [name: string]: (options: Options) => readonly MarkUse[] } = {
  '-m mark': (options) => mark(...masked(options.get('--mark'))),
  '-m connmark': (options) => connmark(masked(options.get('--mark'))[1]),
  '-j MARK': (options) => set(...masked(options.get('--set-xmark') ?? options.get('--set-mark'))),
  '-j TPROXY': (options) => set(...masked(options.get('--tproxy-mark') ?? '0/0')),
  '-j CONNMARK': (options) => {
    if (options.has('--save-mark')) return save(maskIn(options, '--ctmask'), maskIn(options, '--nfmask'))
    if (options.has('--restore-mark')) return restore(maskIn(options, '--ctmask'))
    return setConnection(...masked(options.get('--set-xmark') ?? options.get('--set-mark')))
  },
}

/** The rules in what `iptables-save` has written. */
export const savedRules = (text: string): readonly SavedRule[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('-A '))
    .map((line) => ({ text: line.trim(), uses: usesIn(line.trim().split(/\s+/)) }))

function usesIn(words: readonly string[]): readonly MarkUse[] {
  const starts = words.flatMap((word, i) => (word === '-m' || word === '-j' ? [i] : []))
  return starts.flatMap((start, i) => {
    const part = words.slice(start, starts[i + 1])
    const options = new Map(
      part.flatMap((word, at) => (word.startsWith('--') ? [[word, part[at + 1] ?? '']] : [])) as [string, string][],
    )
    return extensions[`${part[0]} ${part[1]}`]?.(options) ?? []
  })
}

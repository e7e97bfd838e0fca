import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { whole } from '../cli/arguments.ts'

/** Where conntrack and iptables read the names of labels, a line each: `7 customer`. */
const file = '/etc/xtables/connlabel.conf'

let names: ReadonlyMap<number, string> | undefined

/** Names by number; none where there is no such file. */
function known(): ReadonlyMap<number, string> {
  names ??= parse(read())
  return names
}

function read(): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

export function parse(text: string): ReadonlyMap<number, string> {
  const lines = text.matchAll(/^[ \t]*(\d{1,3})[ \t]+(\S+)[ \t]*$/gm)
  return new Map(Array.from(lines, ([, number, name]) => [Number(number), name!] as const).filter(([n]) => n < 128))
}

export const labelName = (label: number): string | undefined => known().get(label)

const number = whole(0, 127)

/** A label by its number, or by its name. What it throws becomes one sentence on stderr. */
export function label(text: string): number {
  if (/^\d|^0x/i.test(text)) return number(text)
  for (const [label, name] of known()) if (name === text) return label
  const all = [...known().values()]
  const which = all.length === 0 ? `; ${file} names none` : `, or a name of ${file}: ${all.join(', ')}`
  throw new InvalidArgumentError(`It must be a whole number from 0 to 127${which}.`)
}

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

/** Blanks, a number as C writes it, and the name: with or without blanks between the two, which may have some itself. */
const line = /^[ \t\v\f\r]*\+?(0x[\da-f]+|0[0-7]*|[1-9]\d*)(.*)$/is
const name = /^[ \t\v\f\r]*([a-z\d-]|[a-z\d-][a-z\d -]*[a-z\d-])[ \t\v\f\r]*$/i

/**
 * As conntrack reads the file (libnetfilter_conntrack, src/conntrack/labels.c): a label has the first name there is for it, a name stands for one
 * label, and lines it cannot read do not count.
 */
export function parse(text: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  const taken = new Set<string>()
  for (const one of text.split('\n')) {
    const [, number = '', rest = ''] = line.exec(one) ?? []
    const label = /^0\d/.test(number) ? Number.parseInt(number, 8) : Number(number)
    const named = name.exec(rest)?.[1]
    if (named === undefined || label > 127 || found.has(label) || taken.has(named)) continue
    found.set(label, named)
    taken.add(named)
  }
  return found
}

export const labelName = (label: number): string | undefined => known().get(label)

const number = whole(0, 127)

/** A label by its name or, where no label has that, by its number. What it throws becomes one sentence on stderr. */
function label(text: string): number {
  for (const [label, name] of known()) if (name === text) return label
  if (/^\d+$|^0x/i.test(text)) return number(text)
  const all = [...known().values()]
  const which = all.length === 0 ? `; ${file} names none` : `, or a name of ${file}: ${all.join(', ')}`
  throw new InvalidArgumentError(`It must be a whole number from 0 to 127${which}.`)
}

/** `web,7`: labels of an option that may be said again. */
export const moreLabels = (text: string, before: readonly number[] = []): readonly number[] => [
  ...before,
  ...text.split(',').map(label),
]

import { existsSync, readFileSync } from 'node:fs'

/** One enum of a C header, or all its `#define`s under the name ''. */
export interface Constants {
  readonly [name: string]: number
}

/** Where the distribution's linux-libc-dev has the kernel's headers. */
const root = '/usr/include/'
export const headersInstalled = existsSync(`${root}linux/netfilter/nfnetlink_queue.h`)

/** The enums of a header, in order, and last its `#define`s that are numbers. */
export function readHeader(file: string): readonly Constants[] {
  const source = readFileSync(`${root}${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const known = new Map<string, number>()
  const enums = [...source.matchAll(/enum\s*\w*\s*\{([^}]*)\}/g)].map(([, body]) => readEnum(body!, known))
  return [...enums, readDefines(source, known)]
}

function readEnum(body: string, known: Map<string, number>): Constants {
  const out: { [name: string]: number } = {}
  let next = 0
  for (const entry of body.replace(/^\s*#.*$/gm, '').split(',')) {
    const [name, expression] = entry.split('=').map((part) => part.trim())
    if (!name) continue
    const value = expression === undefined ? next : evaluate(expression, known)
    if (value === undefined) continue // INT_MIN and the like: nothing of ours
    out[name] = value
    known.set(name, value)
    next = value + 1
  }
  return out
}

function readDefines(source: string, known: Map<string, number>): Constants {
  const out: { [name: string]: number } = {}
  for (const [, name, expression] of source.matchAll(/^\s*#\s*define\s+(\w+)[ \t]+(\S.*)$/gm)) {
    const value = evaluate(expression!, known)
    if (value === undefined) continue
    out[name!] = value
    known.set(name!, value)
  }
  return out
}

/** Sums, differences, shifts and unions of numbers and names; `undefined` for anything else. */
function evaluate(expression: string, known: Map<string, number>): number | undefined {
  const plain = expression.replace(/[()\s]/g, '')
  for (const [operator, apply] of operators) {
    const at = plain.lastIndexOf(operator)
    if (at <= 0) continue
    const left = evaluate(plain.slice(0, at), known)
    const right = evaluate(plain.slice(at + operator.length), known)
    return left === undefined || right === undefined ? undefined : apply(left, right)
  }
  return /^(0x[0-9a-f]+|\d+)$/i.test(plain) ? Number(plain) : known.get(plain)
}

const operators: readonly (readonly [string, (left: number, right: number) => number])[] = [
  ['|', (left, right) => left | right],
  ['+', (left, right) => left + right],
  ['-', (left, right) => left - right],
  ['<<', (left, right) => left << right],
]

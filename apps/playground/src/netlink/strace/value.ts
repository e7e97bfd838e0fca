/** What strace prints of an argument: a struct, an array, bytes in quotes, or words. */
export type Value =
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  | { readonly kind: 'array'; readonly values: readonly Value[] }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'word'; readonly text: string }

/** A part of a struct. */
export interface Field {
  readonly name: string
  readonly value: Value
}

/** A text is cut, or is not what strace prints. */
export class StraceError extends Error {
  override readonly name = 'StraceError'
}

/** Values in values, at most. */
const deepest = 32
const escapes: { readonly [letter: string]: number } = { n: 10, t: 9, r: 13, v: 11, f: 12 }

/** Read the arguments of a call, up to the bracket that ends them. Throws `StraceError`. */
export function argumentsIn(text: string, start: number): readonly Value[] {
  let at = start
  const fail = (reason: string): never => {
    throw new StraceError(reason)
  }
  const skip = () => {
    while (text[at] === ' ' || text[at] === ',') at++
  }
  const many = <T>(end: string, one: () => T): T[] => {
    const all: T[] = []
    for (;;) {
      skip()
      if (at >= text.length) return fail('the line is cut')
      if (text[at] === end) break
      all.push(one())
    }
    at++
    return all
  }
  const bytes = (): Value => {
    const all: number[] = []
    for (at++; text[at] !== '"'; at++) {
      if (at >= text.length) return fail('the line is cut')
      if (text[at] !== '\\') {
        all.push(text.charCodeAt(at) & 0xff)
        continue
      }
      const [number, base] =
        text[at + 1] === 'x'
          ? [/^[0-9a-f]{1,2}/i.exec(text.slice(at + 2, at + 4))?.[0], 16]
          : [/^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0], 8]
      if (number !== undefined) {
        all.push(Number.parseInt(number, base) & 0xff)
        at += number.length + (base === 16 ? 1 : 0)
      } else {
        at++
        all.push(escapes[text[at] ?? ''] ?? text.charCodeAt(at))
      }
    }
    at++
    if (text.startsWith('...', at)) return fail('bytes are left out: strace prints all with -s 65535')
    return { kind: 'bytes', bytes: Uint8Array.from(all) }
  }
  /** Up to what ends it where no bracket is open. */
  const word = (): Value => {
    const from = at
    for (let open = 0; at < text.length; at++) {
      const c = text[at]!
      if (c === '(') open++
      else if (open > 0 && c === ')') open--
      else if (open === 0 && (c === ',' || c === ']' || c === '}' || c === ')')) break
    }
    const said = text
      .slice(from, at)
      .replace(/\/\*.*?\*\//g, '')
      .trim()
    if (said === '...') return fail('something is left out: strace prints all with -v -s 65535')
    return { kind: 'word', text: said }
  }
  const value = (depth: number): Value => {
    if (depth > deepest) return fail('it is nested too deeply')
    const c = text[at]
    if (c === '"') return bytes()
    if (c === '[') {
      at++
      return { kind: 'array', values: many(']', () => value(depth + 1)) }
    }
    if (c === '{') {
      at++
      return { kind: 'struct', fields: many('}', () => field(depth + 1)) }
    }
    const before = at
    const said = word()
    return at === before ? fail(`"${c}" cannot stand here`) : said
  }
  const field = (depth: number): Field => {
    const name = /^(\w+)=/.exec(text.slice(at, at + 64))?.[1] ?? ''
    if (name !== '') at += name.length + 1
    return { name, value: value(depth) }
  }
  return many(')', () => {
    const name = /^(\w+)=/.exec(text.slice(at, at + 64))
    if (name !== null) at += name[0].length
    return value(0)
  })
}

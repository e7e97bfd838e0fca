import type { DeliverOptions, HookName } from '@nfkit/simulator'

/** Where a packet may be said to pass. */
const hooks: readonly HookName[] = ['prerouting', 'input', 'forward', 'output', 'postrouting']

/** A line: a packet as `packet` of `@nfkit/ip-codec/build` reads it, and before it what is said of its way. */
export interface Line {
  readonly said: Pick<DeliverOptions, 'hook' | 'indev' | 'outdev' | 'mark'>
  readonly packet: string
}

/**
 * Read `[HOOK] [in INTERFACE] [out INTERFACE] [mark NUMBER] PACKET`, as in `forward in eth0 out eth1 tcp 10.0.0.1:4000 > 10.0.0.2:443 syn`. Throws
 * `RangeError` for a mark that is none.
 */
export function parseLine(text: string): Line {
  const said: { hook?: HookName; indev?: string; outdev?: string; mark?: number } = {}
  let rest = text.trim()
  const next = (): string => {
    const word = /^\S*/.exec(rest)![0]
    rest = rest.slice(word.length).trimStart()
    return word
  }
  const hook = hooks.find((name) => rest === name || rest.startsWith(`${name} `))
  if (hook !== undefined) said.hook = next() as HookName
  for (let word = /^(in|out|mark)\s/.exec(rest)?.[1]; word; word = /^(in|out|mark)\s/.exec(rest)?.[1]) {
    next()
    if (word === 'in') said.indev = next()
    else if (word === 'out') said.outdev = next()
    else said.mark = markIn(next())
  }
  return { said, packet: rest }
}

function markIn(word: string): number {
  if (!/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word)) throw new RangeError(`"${word}" is no mark`)
  return Number(word)
}

import { formatHex } from '@nfkit/inet'
import { utf8 } from '@nfkit/inet/bytes'
import { check } from '@nfkit/netlink-transport'
import { HandoverError } from './errors.ts'
import type { Estate } from './estate.ts'

/** The version of `FirewallHandover` that is written here. */
const version = 1

/** Longer ones are not read: a million addresses are a third of it. */
const mostCharacters = 0x1000_0000

/**
 * What a firewall says to the next one that takes it over: plain data, to be sent as JSON or by structured clone. What it knows is one text, which the next one
 * takes as it is or not at all.
 */
export interface FirewallHandover {
  /** Of this message: 1. */
  readonly version: typeof version
  /** The firewall's name. */
  readonly name: string
  /** The bits of marks that it uses. */
  readonly mask: number
  /** What it knows, as JSON: for the next firewall of the same version alone. */
  readonly estate: string
  /** SHA-256 of all the above, in hexadecimal. It tells damage, and no forger: the channel is trusted. */
  readonly digest: string
}

/** Whose it must be. */
export interface Heir {
  readonly name: string
  readonly mask: number
  /** Number of the queue. */
  readonly queue: number
  /** The same of that of DNS, where names are listed. */
  readonly dns: number | undefined
}

/** What is left, as a message. */
export async function seal(name: string, mask: number, estate: Estate): Promise<FirewallHandover> {
  const sealed = { version, name, mask, estate: JSON.stringify(estate) } as const
  return { ...sealed, digest: await digestOf(sealed) }
}

/** What a message says. Rejects with `HandoverError` for what is none, is damaged, too long or of another version, and for that of another firewall. */
export async function unseal(given: unknown, heir: Heir): Promise<Estate> {
  if (typeof given !== 'object' || given === null) throw new HandoverError('damaged', `it is ${check.shown(given)}`)
  const { version: its, name, mask, estate, digest } = given as { readonly [K in keyof FirewallHandover]: unknown }
  if (its !== version) throw new HandoverError('version', `${check.shown(its)}, and known is ${version}`)
  if (name !== heir.name) throw new HandoverError('foreign', `of ${check.shown(name)}, and not of "${heir.name}"`)
  if (mask !== heir.mask)
    throw new HandoverError('foreign', `its mask is ${hexadecimal(mask)}, and not ${hexadecimal(heir.mask)}`)
  if (typeof estate !== 'string') throw new HandoverError('damaged', 'its estate is no text')
  if (estate.length > mostCharacters)
    throw new HandoverError('oversized', `${estate.length} characters, and at most ${mostCharacters} are read`)
  if (digest !== (await digestOf({ version, name: heir.name, mask: heir.mask, estate })))
    throw new HandoverError('damaged', 'its digest is that of another one')
  const left: Estate = JSON.parse(estate)
  for (const [queue, number] of [
    [left.queue, heir.queue],
    [left.dns, heir.dns],
  ] as const)
    if (queue && number !== undefined && queue.queue !== number)
      throw new HandoverError('foreign', `its queue is ${queue.queue}, and not ${number}`)
  return left
}

async function digestOf({ version, name, mask, estate }: Omit<FirewallHandover, 'digest'>): Promise<string> {
  const text = utf8(JSON.stringify([version, name, mask, estate]))
  return formatHex(new Uint8Array(await crypto.subtle.digest('SHA-256', text)))
}

const hexadecimal = (mask: unknown): string => (typeof mask === 'number' ? `0x${mask.toString(16)}` : check.shown(mask))

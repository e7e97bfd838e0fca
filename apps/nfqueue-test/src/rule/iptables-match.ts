import { parseNetwork } from '@nfkit/inet'
import { UserError } from '../terminal/failure.ts'

/** The options of iptables and ip6tables for a condition; a family it cannot be about is absent. */
export interface IptablesMatches {
  readonly iptables?: string
  readonly ip6tables?: string
}

/** A condition of nft in the words of iptables. */
interface Part {
  /** Options for both, or for one version. */
  readonly options: string
  readonly version?: 4 | 6
  readonly protocol?: string
}

/**
 * Turn `tcp dport 2222` into `-p tcp -m tcp --dport 2222`, for the conditions of nft that both have; what starts with a dash is for
 * iptables as it is. Throws `UserError`.
 */
export function iptablesMatches(text: string): IptablesMatches {
  if (text.trim().startsWith('-')) return { iptables: text.trim(), ip6tables: text.trim() }
  const parts = partsOf(text)
  const versions = new Set(parts.flatMap(({ version }) => version ?? []))
  if (versions.size > 1) throw new UserError(`no packet matches "${text}": it is about IPv4 and IPv6 at once`)
  const protocols = new Set(parts.flatMap(({ protocol }) => protocol ?? []))
  if (protocols.size > 1)
    throw new UserError(`no packet matches "${text}": it is about ${[...protocols].join(' and ')} at once`)
  const [protocol] = protocols
  const options = [...(protocol ? [`-p ${protocol}`] : []), ...parts.map(({ options }) => options)].filter(Boolean)
  const match = options.join(' ')
  return { ...(!versions.has(6) && { iptables: match }), ...(!versions.has(4) && { ip6tables: match }) }
}

function partsOf(text: string): Part[] {
  const words = text
    .trim()
    .replace(/\s*,\s*/g, ',')
    .replace(/\{\s*|\s*\}/g, '')
    .split(/\s+/)
    .filter(Boolean)
  const parts: Part[] = []
  while (words.length > 0) parts.push(partIn(words, text))
  return parts
}

/** Take the first condition off the words. */
function partIn(words: string[], text: string): Part {
  const [what, key] = [words.shift()!, words.shift()]
  const standsAlone = what === 'iifname' || what === 'oifname'
  if (standsAlone && key !== undefined) words.unshift(key)
  const isNot = words[0] === '!=' && words.shift() !== undefined
  const value = words.shift()
  const name = standsAlone || key === undefined ? what : `${what} ${key}`
  const make = Object.hasOwn(conditions, name) ? conditions[name] : undefined
  if (make === undefined || value === undefined) throw untranslatable(text, `"${[name, value].join(' ').trim()}"`)
  return make(value, isNot ? '! ' : '') ?? fail(untranslatable(text, `"${name} ${value}"`))
}

type Make = (value: string, not: string) => Part | undefined

const ports =
  (protocol: string, option: 'dport' | 'sport'): Make =>
  (value, not) => {
    const list = value.replaceAll('-', ':')
    if (!/^[\d:,]+$/.test(list)) return undefined
    const options = list.includes(',')
      ? `-m multiport ${not}--${option}s ${list}`
      : `-m ${protocol} ${not}--${option} ${list}`
    return { protocol, options }
  }

const address =
  (version: 4 | 6, option: '-s' | '-d'): Make =>
  (value, not) =>
    parseNetwork(value)?.address.length === (version === 4 ? 4 : 16)
      ? { version, options: `${not}${option} ${value}` }
      : undefined

const device =
  (option: '-i' | '-o'): Make =>
  (value, not) => ({ options: `${not}${option} ${value.replaceAll('"', '')}` })

const protocol: Make = (value, not) =>
  /^[a-z0-9-]+$/.test(value) ? (not ? { options: `! -p ${value}` } : { protocol: value, options: '' }) : undefined

const conditions: { readonly [name: string]: Make } = {
  ...Object.fromEntries(
    ['tcp', 'udp', 'sctp', 'dccp'].flatMap((name) =>
      (['dport', 'sport'] as const).map((option) => [`${name} ${option}`, ports(name, option)]),
    ),
  ),
  'ip saddr': address(4, '-s'),
  'ip daddr': address(4, '-d'),
  'ip6 saddr': address(6, '-s'),
  'ip6 daddr': address(6, '-d'),
  'ip protocol': (value, not) => ({ ...protocol(value, not)!, version: 4 }),
  'meta l4proto': protocol,
  'meta mark': (value, not) => ({ options: `-m mark ${not}--mark ${value}` }),
  'ct mark': (value, not) => ({ options: `-m connmark ${not}--mark ${value}` }),
  'ct state': (value, not) => ({ options: `-m conntrack ${not}--ctstate ${value.toUpperCase()}` }),
  'icmp type': (value, not) => ({ version: 4, protocol: 'icmp', options: `-m icmp ${not}--icmp-type ${value}` }),
  'icmpv6 type': (value, not) => ({
    version: 6,
    protocol: 'ipv6-icmp',
    options: `-m icmp6 ${not}--icmpv6-type ${value}`,
  }),
  iifname: device('-i'),
  oifname: device('-o'),
  'meta iifname': device('-i'),
  'meta oifname': device('-o'),
}

function untranslatable(text: string, part: string): UserError {
  const known = Object.keys(conditions).join(', ')
  return new UserError(
    `the rule "${text}" cannot be installed: nft cannot queue on this machine, and ${part} has no translation for iptables; write it for iptables, with a dash in front: -p tcp --dport 2222; or with what has one: ${known}`,
  )
}

function fail(error: Error): never {
  throw error
}

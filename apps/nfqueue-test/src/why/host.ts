import { kernelFile } from '../doctor/kernel-file.ts'
import { tool } from '../rule/tool.ts'

/** An interface with its addresses, as `ip -json address` tells. */
export interface Interface {
  readonly name: string
  readonly isUp: boolean
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[]
}

/** What the host says of itself besides its rules, in the network namespace of this program. */
export class Host {
  readonly #before = counters()

  /** By how much a counter of /proc/net/netstat or /proc/net/snmp has grown, `TcpExt.IPReversePathFilter` say. */
  grown(name: string): number {
    return (counters().get(name) ?? 0) - (this.#before.get(name) ?? 0)
  }

  /** A setting below /proc/sys/net, `ipv4/ip_forward` say. */
  setting(name: string): number {
    return Number(kernelFile(`/proc/sys/net/${name}`).trim() || 0)
  }

  /** Names of tables of iptables-legacy that are loaded. */
  get legacyTables(): readonly string[] {
    return ['ip', 'ip6'].flatMap((family) => kernelFile(`/proc/net/${family}_tables_names`).split('\n')).filter(Boolean)
  }

  get interfaces(): readonly Interface[] {
    return told<{ ifname: string; flags?: string[]; addr_info?: { local?: string; prefixlen?: number }[] }>(
      'address',
    ).map(({ ifname, flags = [], addr_info: infos = [] }) => ({
      name: ifname,
      isUp: flags.includes('UP') && !flags.includes('NO-CARRIER'),
      addresses: infos.map(({ local = '', prefixlen = 0 }) => ({ address: local, prefix: prefixlen })),
    }))
  }

  isLocal(address: string): boolean {
    return this.interfaces.some(({ addresses }) => addresses.some((one) => one.address === address))
  }

  /** Why there is no way to an address; `undefined` where there is one. */
  unroutable(address: string): string | undefined {
    const { ok, complaint } = tool('ip', ['route', 'get', address])
    return ok ? undefined : complaint.replace(/^ip: /, '')
  }

  /** Whether no neighbour answers for an address. */
  isUnanswered(address: string): boolean {
    return told<{ dst: string; state?: string[] }>('neighbour').some(
      ({ dst, state = [] }) => dst === address && state.some((one) => one === 'FAILED' || one === 'INCOMPLETE'),
    )
  }
}

function told<T>(about: string): readonly T[] {
  try {
    return JSON.parse(tool('ip', ['-json', about]).out)
  } catch {
    // Without the tool less is known.
    return []
  }
}

/** Numbers of the kernel's tables in which a line of names stands above each line of numbers. */
function counters(): ReadonlyMap<string, number> {
  const all = new Map<string, number>()
  const lines = ['netstat', 'snmp'].flatMap((file) => kernelFile(`/proc/net/${file}`).split('\n'))
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [title = '', ...names] = lines[i]!.split(' ')
    const values = lines[i + 1]!.split(' ').slice(1)
    for (const [at, name] of names.entries()) all.set(`${title.slice(0, -1)}.${name}`, Number(values[at]))
  }
  return all
}

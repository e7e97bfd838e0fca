import type { PathOutcome } from '@nfkit/nftables'
import { type Cause, cause, type Evidence } from '../cause.ts'

/** What took a packet without a rule of nf_tables. */
export function vanished({ hook, where }: Extract<PathOutcome, { kind: 'vanished' }>, evidence: Evidence): Cause {
  const { host, header } = evidence
  if (where === 'behind' && hook === 'prerouting') {
    const routed = notRouted(evidence)
    if (routed) return routed
  }
  const tables = host.legacyTables
  const place = where === 'behind' ? `behind ${hook}` : `among the chains of ${hook}`
  if (tables.length > 0)
    return cause(
      'legacy',
      `lost ${place}, where no rule of nf_tables dropped it: iptables-legacy has tables here (${tables.join(', ')}), whose rules no trace tells of`,
      'iptables-legacy-save -c shows its rules, with what they have counted',
    )
  return cause(
    'lost',
    `lost ${place}, where no rule of nf_tables dropped it, on its way to ${header.destination}`,
    'routing, a BPF program, or another module took it: nstat and ip route get say more',
  )
}

/** Why routing refused what came in. */
function notRouted({ host, header, path }: Evidence): Cause | undefined {
  const { source, destination } = header
  if (host.grown('TcpExt.IPReversePathFilter') > 0)
    return cause(
      'rp_filter',
      `lost in routing: the way back to ${source} is not by the interface it came in on, and rp_filter is strict`,
      `sysctl net.ipv4.conf.all.rp_filter=2 and that of the interface, or a route to ${source}`,
    )
  if (host.isLocal(destination)) return undefined
  const isIpv6 = header.version === 6
  const forwarding = host.setting(isIpv6 ? 'ipv6/conf/all/forwarding' : 'ipv4/ip_forward')
  if (forwarding === 0)
    return cause(
      'forwarding',
      `lost in routing: ${destination} is not an address of this host, and it forwards nothing`,
      `sysctl ${isIpv6 ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward'}=1, or send to an address of this host`,
    )
  const refusal = host.unroutable(destination)
  if (refusal !== undefined || host.grown('IpExt.InNoRoutes') > 0)
    return cause(
      'no route',
      `lost in routing: there is no way to ${destination} (${refusal ?? path.packet.id})`,
      `add a route to ${destination}`,
    )
  return undefined
}

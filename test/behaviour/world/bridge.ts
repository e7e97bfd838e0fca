import { existsSync, writeFileSync } from 'node:fs'
import { run } from './run.ts'

/** Ports of the bridge. Frames are put into the outer end of `near`, and taken from that of `far`. */
export const ports = ['near', 'far'] as const

/** The outer end of a port. */
export const outerEnd = (port: (typeof ports)[number]): string => `${port}outer`

const callsIptables = '/proc/sys/net/bridge/bridge-nf-call-iptables'
const callsIp6tables = '/proc/sys/net/bridge/bridge-nf-call-ip6tables'

/** Whether packets that cross bridges can be shown to iptables. */
export const hasBridgedIptables = (): boolean => existsSync(callsIptables)

/** Whether nft can queue, which takes a module of its own. */
export function hasQueueStatement(): boolean {
  const table = 'table bridge probe'
  try {
    run('nft', `add ${table} { chain c { type filter hook forward priority 0; queue num 1; }; }`)
    run('nft', `delete ${table}`)
    return true
  } catch {
    return false
  }
}

/** Make the bridge. It says nothing by itself, and knows no addresses. */
export function makeBridge(): void {
  run('ip', 'link', 'add', 'bridge', 'type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0')
  if (hasBridgedIptables()) for (const path of [callsIptables, callsIp6tables]) writeFileSync(path, '0')
  for (const port of ports) {
    run('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', outerEnd(port))
    for (const end of [port, outerEnd(port)]) bringUp(end)
    joinBridge(port)
  }
  bringUp('bridge')
}

/** Without IPv6 of its own, which speaks when an interface comes up. */
function bringUp(device: string): void {
  writeFileSync(`/proc/sys/net/ipv6/conf/${device}/disable_ipv6`, '1')
  run('ip', 'link', 'set', device, 'up')
}

export const joinBridge = (port: string): void => void run('ip', 'link', 'set', port, 'master', 'bridge')

export const leaveBridge = (port: string): void => void run('ip', 'link', 'set', port, 'nomaster')

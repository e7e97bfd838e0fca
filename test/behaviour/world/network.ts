import { writeFileSync } from 'node:fs'
import { run } from './run.ts'

/** Both ends of each pair are ours: frames are put into the outer end, and taken from it. */
export const sides = {
  left: { inner: 'left', outer: 'leftouter', address: '02:00:00:00:00:10', networks: ['10.2.0.1/24', 'fd02::1/64'] },
  right: { inner: 'right', outer: 'rightouter', address: '02:00:00:00:00:20', networks: ['10.3.0.1/24', 'fd03::1/64'] },
} as const
/** Neighbours' addresses are not those of the outer ends, whose packets would be taken for us otherwise. */
const neighbours = [
  ['10.2.0.9', '02:00:00:00:00:98', 'left'],
  ['10.3.0.9', '02:00:00:00:00:99', 'right'],
  ['fd02::9', '02:00:00:00:00:98', 'left'],
  ['fd03::9', '02:00:00:00:00:99', 'right'],
] as const

const addresses = ['10.1.0.1/32', '10.1.0.2/32', 'fd00::1/128', 'fd00::2/128']

export function configureLoopback(how: 'add' | 'replace'): void {
  for (const address of addresses)
    run('ip', 'address', how, address, 'dev', 'lo', ...(address.includes(':') ? ['nodad'] : []))
}

/** Make the pairs of interfaces; packets that are not for us are forwarded. */
export function makeNetwork(): void {
  for (const { inner, outer, address } of Object.values(sides)) {
    run('ip', 'link', 'add', inner, 'address', address, 'type', 'veth', 'peer', 'name', outer)
    for (const end of [inner, outer]) run('ip', 'link', 'set', end, 'addrgenmode', 'none', 'up')
  }
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
  writeFileSync('/proc/sys/net/ipv6/conf/all/forwarding', '1')
  configureNetwork()
}

/** IPv6 addresses, routes and neighbours go with an interface that goes down. */
export function configureNetwork(): void {
  for (const { inner, networks } of Object.values(sides))
    for (const network of networks)
      run('ip', 'address', 'replace', network, 'dev', inner, ...(network.includes(':') ? ['nodad'] : []))
  for (const [address, hardware, side] of neighbours)
    run('ip', 'neighbour', 'replace', address, 'lladdr', hardware, 'dev', sides[side].inner)
}

import { execFileSync, spawn } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where datagrams and connections go: the server has all of these addresses. Those of the second network come to be listed. */
export const networks = { open: '198.18', listed: '198.19' }

const sysctls = [
  ...[
    'ipv4.ip_forward=1',
    'ipv4.conf.all.rp_filter=0',
    'ipv4.conf.default.rp_filter=0',
    'ipv4.icmp_ratelimit=0',
    'ipv4.icmp_ratemask=0',
  ],
  // What is over leaves the kernel's table soon: it is empty a moment after the traffic.
  ...['netfilter.nf_conntrack_udp_timeout=8', 'netfilter.nf_conntrack_tcp_timeout_time_wait=4'],
  ...['netfilter.nf_conntrack_tcp_timeout_close=4', 'netfilter.nf_conntrack_tcp_timeout_syn_sent=8'],
  ...['netfilter.nf_conntrack_tcp_timeout_close_wait=4', 'netfilter.nf_conntrack_tcp_timeout_last_ack=4'],
  ...['netfilter.nf_conntrack_tcp_timeout_fin_wait=8', 'netfilter.nf_conntrack_tcp_timeout_established=20'],
]

/** Four hosts in a row: a client, this one with a gate, another gate, and a server. Links are gone with the hosts. */
const links = [
  { ends: ['here', 'client'], network: '10.77.0' },
  { ends: ['here', 'second'], network: '10.77.1' },
  { ends: ['second', 'server'], network: '10.77.2' },
]
const routes = {
  client: ['default via 10.77.0.1'],
  here: [...Object.values(networks), '10.77.2'].map((one) => `${wide(one)} via 10.77.1.2`),
  second: [...Object.values(networks).map((one) => `${wide(one)} via 10.77.2.2`), '10.77.0.0/24 via 10.77.1.1'],
  server: ['default via 10.77.2.1', ...Object.values(networks).map((one) => `local ${wide(one)} dev lo`)],
}

/** A network namespace with a process that keeps it; `here` is this process's own. */
class Host {
  #keeper
  /** Its path; `undefined` of this process's own. */
  netns

  async begin() {
    this.#keeper = spawn('unshare', ['-n', 'sleep', 'infinity'], { stdio: 'ignore' })
    this.netns = `/proc/${this.#keeper.pid}/ns/net`
    const own = readlinkSync('/proc/self/ns/net')
    while (readlinkSync(this.netns) === own) await sleep(10)
  }

  /** Run a program in there; returns what it prints. */
  run(...words) {
    const all = this.netns ? ['nsenter', `--net=${this.netns}`, ...words] : words
    return execFileSync(all[0], all.slice(1), { encoding: 'utf8' })
  }

  /** For `ip link`. */
  get id() {
    return this.#keeper ? String(this.#keeper.pid) : String(process.pid)
  }

  end() {
    this.#keeper?.kill('SIGKILL')
  }
}

/** Makes the hosts. */
export async function makeBed() {
  const bed = { here: new Host(), client: new Host(), second: new Host(), server: new Host() }
  for (const [name, host] of Object.entries(bed)) if (name !== 'here') await host.begin()
  for (const { ends, network } of links) {
    const [a, b] = ends
    bed.here.run('ip', 'link', 'add', b, 'netns', bed[a].id, 'type', 'veth', 'peer', 'name', a, 'netns', bed[b].id)
    bed[a].run('ip', 'address', 'add', `${network}.1/24`, 'dev', b)
    bed[b].run('ip', 'address', 'add', `${network}.2/24`, 'dev', a)
    bed[a].run('ip', 'link', 'set', b, 'up')
    bed[b].run('ip', 'link', 'set', a, 'up')
  }
  for (const [name, host] of Object.entries(bed)) {
    host.run('ip', 'link', 'set', 'lo', 'up')
    for (const route of routes[name]) host.run('ip', 'route', 'add', ...route.split(' '))
    for (const one of sysctls) host.run('sysctl', '-qw', `net.${one}`)
  }
  return bed
}

function wide(network) {
  return network.split('.').length === 2 ? `${network}.0.0/16` : `${network}.0/24`
}

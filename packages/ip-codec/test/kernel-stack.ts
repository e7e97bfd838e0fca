import { execFileSync } from 'node:child_process'

/** Reads packets in hexadecimal, a line each, has the kernel receive them from a tunnel device, and prints its counters. */
const inject = `
import fcntl, os, struct, subprocess, sys, time
device = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(device, 0x400454ca, struct.pack('16sH22x', b'ipcodec0', 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
for command in (
    'ip addr add 192.0.2.2/24 dev ipcodec0',
    'ip addr add 2001:db8::2/64 dev ipcodec0 nodad',
    'ip link set ipcodec0 mtu 65535 up',
):
    subprocess.check_call(command.split())
def until(holds):
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
def routed():  # the address counts only when a worker of the kernel has made its route
    return 'local 2001:db8::2' in subprocess.check_output('ip -6 route show table local'.split(), text=True)
def arrived():
    ipv4 = open('/proc/net/snmp').read().splitlines()[1].split()[3]  # Ip InReceives
    ipv6 = open('/proc/net/snmp6').readline().split()[1]  # Ip6InReceives
    return int(ipv4) + int(ipv6) >= len(packets)
packets = [bytes.fromhex(line.strip()) for line in sys.stdin]
until(routed)
for packet in packets:
    os.write(device, packet)
until(arrived)
time.sleep(0.1)
for name in ('snmp', 'snmp6'):
    print(open('/proc/net/' + name).read())
`

/** Run it in a network namespace of its own, whatever namespace this is. */
function stack(unshare: string, input: string): string {
  const command = [unshare, 'python3', '-c', inject]
  return execFileSync('unshare', command, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], timeout: 20_000 })
}

function attempt(unshare: string): string | undefined {
  try {
    stack(unshare, '')
    return undefined
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    return stderr?.trim().split('\n').at(-1) ?? String(error)
  }
}

const refusal = attempt('-n')
const way = refusal === undefined ? '-n' : '-Urn'

/** Why the kernel cannot be given packets here; `undefined` when it can. */
export const whyNoStack: string | undefined = refusal === undefined ? undefined : attempt(way)

/** The kernel's counters, such as `Udp InCsumErrors` and `Udp6InCsumErrors`, after it received just these packets; 192.0.2.2 and 2001:db8::2 are its addresses. */
export function received(packets: readonly Uint8Array[]): (name: string) => number {
  const counters = new Map<string, number>()
  const out = stack(way, packets.map((packet) => `${Buffer.from(packet).toString('hex')}\n`).join(''))
  const [ipv4, ipv6] = out.split('\n\n')
  const lines = ipv4!.trim().split('\n')
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [names, values] = [lines[i]!.split(' '), lines[i + 1]!.split(' ')]
    for (let j = 1; j < names.length; j++) counters.set(`${names[0]!.slice(0, -1)} ${names[j]}`, Number(values[j]))
  }
  for (const line of ipv6!.trim().split('\n')) {
    const [name, value] = line.split(/\s+/)
    counters.set(name!, Number(value))
  }
  return (name) => counters.get(name) ?? Number.NaN
}

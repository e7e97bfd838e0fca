import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Makes two tunnel devices with addresses, says so, and has the kernel receive packets from them: a device and hexadecimal on each line. */
const program = `
import fcntl, os, struct, subprocess, sys, time
def run(*words): subprocess.check_call(words, stdout=subprocess.DEVNULL)
devices = {}
for name, *addresses in (('outer0', '192.0.2.2/24', '2001:db8::2/64'), ('inner0', '10.0.0.1/24', 'fd00::1/64')):
    device = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, 0x400454ca, struct.pack('16sH22x', name.encode(), 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    for address in addresses: run('ip', 'address', 'add', address, 'dev', name, *(['nodad'] if ':' in address else []))
    run('ip', 'link', 'set', name, 'up')
    devices[name] = device
for path, value in (('ipv4/ip_forward', 1), ('ipv6/conf/all/forwarding', 1), ('ipv4/conf/all/rp_filter', 0), ('ipv4/conf/outer0/rp_filter', 0)):
    with open('/proc/sys/net/' + path, 'w') as file: file.write(str(value))
run('ip', 'route', 'add', '203.0.113.0/24', 'dev', 'outer0')
time.sleep(0.3)
print('ready', flush=True)
for line in sys.stdin:
    name, packet = line.split()
    os.write(devices[name], bytes.fromhex(packet))
    print('sent', flush=True)
`

/** The devices of this network namespace, and what writes packets to them. */
export class Tunnels {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor() {
    this.#process = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
  }

  /** Resolves when the devices are there. */
  async ready(): Promise<void> {
    await this.#answer('ready')
  }

  /** Resolves when the kernel has received it. */
  async receive(device: string, packet: Uint8Array): Promise<void> {
    this.#process.stdin!.write(`${device} ${Buffer.from(packet).toString('hex')}\n`)
    await this.#answer('sent')
  }

  close(): void {
    this.#process.stdin!.end()
  }

  async #answer(expected: string): Promise<void> {
    const { value } = await this.#lines.next()
    if (value !== expected) throw new Error(`the tunnels say ${value}`)
  }
}

/** Index of a device. */
export const indexOf = (device: string): number =>
  Number(execFileSync('cat', [`/sys/class/net/${device}/ifindex`], { encoding: 'utf8' }))

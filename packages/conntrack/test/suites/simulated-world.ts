import { setImmediate } from 'node:timers/promises'
import { type KernelOptions, type RuleHandle, SimulatedKernel } from '@nfkit/simulator'
import type { World } from './world.ts'

/** A simulated kernel: this machine's by default. */
export function simulatedWorld(profile: NonNullable<KernelOptions['profile']> = '6.18'): World {
  const kernel = new SimulatedKernel({ profile })
  Object.assign(kernel.conntrack.settings, { acct: true, timestamp: true })
  const rules: RuleHandle[] = []
  return {
    name: `the simulated kernel${typeof profile === 'string' ? ` as ${profile}` : ''}`,
    connect: () => kernel.connect(),
    uncounted: undefined,
    async send(sourcePort) {
      await kernel.deliver(datagram(sourcePort), { loopback: true, queue: null, hook: 'output' })
    },
    give({ sourcePort, ...gift }) {
      rules.push(kernel.rules.add({ hook: 'output', table: 'raw', protocol: 'udp', sourcePort, ...gift }))
    },
    mark(sourcePort, mark) {
      rules.push(kernel.rules.add({ hook: 'output', table: 'mangle', protocol: 'udp', sourcePort, setConnmark: mark }))
    },
    label() {
      kernel.conntrack.settings.labels = true
    },
    async pass() {
      kernel.advance(1)
      await setImmediate()
    },
    clear() {
      for (const rule of rules.splice(0)) rule.remove()
      kernel.conntrack.settings.labels = false
    },
  }
}

/** UDP from 127.0.0.1 to port 9 of 127.0.0.1; both checksums are left to others. */
function datagram(sourcePort: number): Uint8Array {
  const ip = [0x45, 0, 0, 33, 0, 0, 0x40, 0, 64, 17, 0x3c, 0xca, 127, 0, 0, 1, 127, 0, 0, 1]
  return Uint8Array.of(...ip, sourcePort >> 8, sourcePort & 0xff, 0, 9, 0, 13, 0, 0, ...Buffer.from('hello'))
}

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { openConntrack } from '@nfkit/conntrack'
import { parseIp } from '@nfkit/ip-codec'
import { icmpEcho, tcp, udp } from '@nfkit/ip-codec/build'
import { openQueue, type Packet } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** The same, whether printed by `console.log` (alone, or in an object) or put into a template string. */
function shows(value: object, text: string): void {
  expect([inspect(value), inspect({ value }, { breakLength: Infinity }), `${value}`]).toEqual([
    text,
    `{ value: ${text} }`,
    text,
  ])
}

async function queued(bytes: Uint8Array, look: (packet: Packet) => void): Promise<Packet> {
  const kernel = new SimulatedKernel({ profile: 'debian-6.12' })
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'require' })
  let seen: Packet | undefined
  let failure: unknown
  queue.run((packet) => {
    seen = packet
    try {
      look(packet)
    } catch (error) {
      failure = error
    }
    packet.accept()
  })
  await kernel.deliver(bytes, { queue: 0, hook: 'input', indev: 'eth0', mark: 7 })
  await queue.close()
  if (failure) throw failure
  return seen!
}

const syn = () => tcp('10.0.0.1:40000 > 10.0.0.2:22', { syn: true, sequence: 9 })

test('a packet shows itself as a line, and after its verdict says that it is gone', async () => {
  const packet = await queued(syn(), (packet) => {
    shows(packet, '#1 queue 0 input in eth0 10.0.0.1:40000 > 10.0.0.2:22 tcp SYN, 40 bytes mark 0x7')
    shows(packet.flow!.original, 'tcp 10.0.0.1:40000 > 10.0.0.2:22')
    shows(packet.flow!.reply.source, '10.0.0.2:22')
    expect(inspect(packet.flow)).toBe(`${packet.flow}`)
  })
  shows(packet, '#1 judged, its bytes were given back')
})

test('IP views and what they carry show themselves as lines', () => {
  const ip = (bytes: Uint8Array) => parseIp(bytes)!
  shows(ip(syn()), '10.0.0.1:40000 > 10.0.0.2:22 tcp SYN, 40 bytes')
  shows(ip(syn()).tcp!, '40000 > 22 SYN, 0 bytes')
  shows(ip(udp('[2001:db8::1]:4000 > [2001:db8::2]:53', { payload: 'who?' })).udp!, '4000 > 53, 4 bytes')
  shows(ip(icmpEcho('10.0.0.1 > 10.0.0.2', { payload: 'ping' })).icmp!, 'echo request, 4 bytes')
})

test('the JSON of a packet has time, and names for interfaces, flags, protocols, family and state', async () => {
  const before = Date.now()
  await queued(syn(), (packet) => {
    const json = packet.toJSON()
    expect(JSON.parse(JSON.stringify(packet))).toEqual(JSON.parse(JSON.stringify(json)))
    expect(json).toMatchObject({
      family: 'ipv4',
      hook: 'input',
      indevName: 'eth0',
      ctInfo: 'new',
      ip: {
        protocol: 'tcp',
        source: '10.0.0.1',
        destinationPort: 22,
        tcp: { flags: ['syn'], sequence: 9, acknowledgment: 0 },
      },
      flow: { protocol: 'tcp' },
    })
    expect(Object.values(json)).not.toContain(undefined)
    expect(json.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/)
    expect(Math.abs(Date.parse(json.time) - before)).toBeLessThan(60_000)
  })
})

test('a flow has names for its protocol, its state, and what NAT makes of it', async () => {
  const kernel = new SimulatedKernel()
  await using table = await openConntrack(kernel.connect())
  const original = (port: number) =>
    ({
      protocol: 'tcp',
      source: { address: '10.0.0.1', port },
      destination: { address: '10.0.0.2', port: 80 },
    }) as const
  await table.create({ original: original(1), timeoutSeconds: 60, tcp: { state: 'established' } })
  await table.create({ original: original(2), timeoutSeconds: 60, nat: { source: { address: '192.0.2.1' } } })
  const names: string[] = []
  for await (const one of table.dump()) {
    names.push(one.protocolName!)
    if (one.original.sourcePort === 1) {
      expect([one.state, one.translation]).toEqual(['established', undefined])
    } else {
      expect(`${one.translation!.source}`).toBe('192.0.2.1:2')
      expect(one.translation!.destination).toBeUndefined()
    }
  }
  expect(names).toEqual(['tcp', 'tcp'])
})

const folder = mkdtempSync(join(root, '.cache/console-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const packages = readdirSync(join(root, 'packages')).filter((name) => name !== 'mnl-native')
test.each(packages)('the error classes of %s keep their names in a build', async (name) => {
  const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  const outfile = join(folder, `${name}.mjs`)
  await build({
    entryPoints: [join(root, 'packages', name, exports['.']['nfkit-source'])],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2023',
  })
  const surface: Record<string, unknown> = await import(/* @vite-ignore */ pathToFileURL(outfile).href)
  const errors = Object.entries(surface).filter(
    ([, value]) => typeof value === 'function' && value.prototype instanceof Error,
  )
  expect(errors.map(([, one]) => (one as { name: string }).name)).toEqual(errors.map(([name]) => name))
})

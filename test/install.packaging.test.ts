import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { consumer, installed } from './packaging/consumer.ts'
import { output, run } from './packaging/program.ts'
import { published, root } from './packaging/published.ts'

const { said, directory: installation } = await installed()
const project = await consumer('install')

/** The Nodes at hand: this one, and those installed for this test where there are builds of them. */
const nodes = [
  ['this Node', process.execPath],
  ['Node 22', join(root, 'node_modules/node-22/bin/node')],
  ['Node 24', join(root, 'node_modules/node-24/bin/node')],
] as const

/** Judges packets on a simulated kernel, lists a connection, opens a socket, and prints what came of it. */
const body = `
async function main() {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(kernel.connect(), { number: 0 })
  queue.run((packet) => (packet.ip?.udp?.destinationPort === 53 ? packet.accept({ mark: 7 }) : packet.drop()))
  const [dns, ntp] = await Promise.all(
    [53, 123].map((port) => kernel.deliver(udp('192.0.2.1:4000 > 198.51.100.2:' + port))),
  )
  await queue.close()

  const table = await openConntrack(kernel.connect())
  const flows = []
  for await (const flow of table.dump()) flows.push(flow.original?.destination.port)
  await table.close()

  const socket = openMnl()
  const connection = new Connection(socket, netfilter(nfqueueMessage))
  connection.close()
  console.log(JSON.stringify({
    verdicts: [dns.verdict, dns.mark, ntp.verdict],
    flows,
    parsed: String(parseIp(udp('192.0.2.1:4000 > 198.51.100.2:53'))),
    errno: errno.EPERM,
    portId: socket.portId > 0,
  }))
}
main()
`
const names = {
  '@nfkit/capture': ['readCapture'],
  '@nfkit/conntrack': ['openConntrack'],
  '@nfkit/firewall': ['openFirewall'],
  '@nfkit/fleet': ['openGate'],
  '@nfkit/fleet/jetstream': ['jetStreamLog'],
  '@nfkit/fleet/memory': ['MemoryLog'],
  '@nfkit/nflog': ['openLog'],
  '@nfkit/handover': ['supervise'],
  '@nfkit/sockets': ['openSockets'],
  '@nfkit/ip-codec': ['parseIp'],
  '@nfkit/ip-codec/build': ['udp'],
  '@nfkit/mnl-native': ['openMnl'],
  '@nfkit/netlink-codec': ['errno'],
  '@nfkit/netlink-codec/nfnetlink': ['netfilter'],
  '@nfkit/netlink-codec/nfqueue': ['nfqueueMessage'],
  '@nfkit/netlink-transport': ['Connection'],
  '@nfkit/nfqueue': ['openQueue'],
  '@nfkit/nftables': ['openNftables'],
  '@nfkit/simulator': ['SimulatedKernel'],
  '@nfkit/streams/dns': ['decodeDns'],
  '@nfkit/streams/http': ['httpRequests'],
  '@nfkit/streams/quic': ['QuicReader'],
  '@nfkit/streams/tls': ['clientHellos'],
}
const lines = (line: (names: string, from: string) => string) =>
  Object.entries(names)
    .map(([from, list]) => line(list.join(', '), from))
    .join('\n')
const programs = {
  import: ['example.mjs', lines((list, from) => `import { ${list} } from '${from}'`)],
  require: ['example.cjs', lines((list, from) => `const { ${list} } = require('${from}')`)],
} as const

test('installs without compiler, registry or cache, with the prebuilt addon', () => {
  expect(said).not.toContain('not available')
  expect(said).not.toContain('node-gyp')
})

describe.each(nodes)('%s', (_, node) => {
  test.for(Object.entries(programs))('runs the example through %s', async ([, [name, imports]], { skip }) => {
    const program = project.write(name, `${imports}\n${body}`)
    if ((await run(node, ['--version'], { cwd: root }).catch(() => undefined)) === undefined)
      skip(`there is no ${node}: no build of it for this platform`)
    const { status, stdout, stderr } = await run(node, [program], { cwd: project.directory })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({
      verdicts: ['accept', 7, 'drop'],
      flows: [53],
      parsed: '192.0.2.1:4000 > 198.51.100.2:53 udp, 28 bytes',
      errno: 1,
      portId: true,
    })
  })
})

test('the program runs as installed', async () => {
  const { version } = published.find(({ manifest }) => manifest.bin !== undefined)!.manifest
  const program = join(installation, 'node_modules/.bin/nfqueue-test')
  expect((await output(program, ['--version'], { cwd: project.directory })).trim()).toBe(version)
  expect(await output(program, ['demo'], { cwd: project.directory })).toContain('accept')
})

describe.each([
  ['TypeScript 5', 'typescript', '5.'],
  ['TypeScript 7', 'typescript-7', '7.'],
])('%s', (_, compiler, version) => {
  const tsc = join(root, 'node_modules', compiler, 'bin/tsc')
  const source = `${lines((list, from) => `import { ${list} } from '${from}'`)}
import type { Packet } from '@nfkit/nfqueue'
import type { Transport } from '@nfkit/netlink-transport'
import { conntrack } from '@nfkit/netlink-codec/conntrack'
import { decode } from '@nfkit/netlink-codec'

const transports: Transport[] = [openMnl(), new SimulatedKernel().connect()]
const queue = await openQueue(transports[0]!, { number: 0 })
await queue.run((packet: Packet) => {
  const port: number | undefined = packet.ip?.tcp?.destinationPort
  packet.accept({ mark: port === 443 ? 1 : 2 })
  // @ts-expect-error a mark is a number
  packet.accept({ mark: '7' })
})
const table = await openConntrack(new SimulatedKernel().connect())
for await (const flow of table.dump()) flow.original satisfies object | undefined
const ports: number | undefined = decode(conntrack, udp('10.0.0.1:1 > 10.0.0.2:2')).tupleOrig?.proto?.dstPort
// @ts-expect-error there is no such code
errno.ENOTHING
export { Connection, parseIp, ports }
`

  test.for(['nodenext', 'bundler'])('a strict consumer compiles with module resolution %s', async (resolution) => {
    expect(await output(process.execPath, [tsc, '--version'], { cwd: root })).toContain(version)
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      target: 'es2022',
      module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
      moduleResolution: resolution,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    }
    project.write('consumer.mts', source)
    const config = project.write(
      `tsconfig.${resolution}.json`,
      JSON.stringify({ compilerOptions: options, files: ['consumer.mts'] }),
    )
    const { status, stdout } = await run(process.execPath, [tsc, '-p', config], { cwd: project.directory })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  /** What docs/guides/bundlers.md says of TypeScript that compiles to CommonJS. */
  const commonJs: readonly (readonly [module: string, resolution: string, refusal: RegExp | undefined])[] = [
    ['nodenext', 'nodenext', undefined],
    ['node20', 'node16', undefined],
    ['node16', 'node16', /TS1479/],
    ['commonjs', 'node10', /TS2307|TS5107|TS5108|TS5110/],
  ]
  test.for(commonJs)('CommonJS with module %s, resolution %s', async ([module, moduleResolution, refusal]) => {
    project.write('consumer.cts', "import { openQueue } from '@nfkit/nfqueue'\nexport const open = openQueue\n")
    const compilerOptions = { strict: true, noEmit: true, target: 'es2022', skipLibCheck: true, types: [] }
    const config = project.write(
      `tsconfig.${module}.json`,
      JSON.stringify({ compilerOptions: { ...compilerOptions, module, moduleResolution }, files: ['consumer.cts'] }),
    )
    const { stdout } = await run(process.execPath, [tsc, '-p', config], { cwd: project.directory })
    if (refusal === undefined) expect(stdout).toBe('')
    else expect(stdout).toMatch(refusal)
  })
})

const simulated = `import { SimulatedKernel } from '@nfkit/simulator'
const kernel = new SimulatedKernel()
const openMnl = () => kernel.connect()`

/** Examples that come to an end, with the real socket's place taken by a simulated one. */
const examples = published.flatMap(({ folder, directory }) =>
  [...readFileSync(join(directory, 'README.md'), 'utf8').matchAll(/```[jt]s\n(.*?)```/gs)]
    .map(([, code]) => code!)
    .filter((code) => code.startsWith('import ') && /console\.log|assert/.test(code))
    .map((code, index) => ({
      name: `${folder}, ${index + 1}`,
      code: code.replace(/^import { openMnl } from .*$/m, simulated),
    })),
)

test('every library that speaks has one', () => {
  // One is the real socket, and one needs processes to stand in for.
  const silent = ['packages/mnl-native', 'packages/handover']
  const libraries = published.filter(({ folder, manifest }) => manifest.exports && !silent.includes(folder))
  for (const { folder } of libraries) expect(examples.map(({ name }) => name)).toContain(`${folder}, 1`)
})

test.for(examples)('README example of $name', async ({ name, code }) => {
  // Node 20 knows no `await using`.
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }
  const { outputText } = ts.transpileModule(code, { compilerOptions: options })
  const program = project.write(`${name.replace(/\W+/g, '-')}.mjs`, outputText)
  const said = (await output(process.execPath, [program], { cwd: project.directory })).trim().split('\n')
  const promised = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text!)
  if (promised.length > 0) expect(said).toEqual(promised)
})

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { openMnl } from '@nfkit/mnl-native'
import { openNftables } from '@nfkit/nftables'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { until } from '../../../test/host.ts'
import { bundled } from '../../mnl-native/test/program.ts'
import { openAuthor } from '../src/index.ts'
import { jetStreamLog } from '../src/jetstream.ts'

/** ENTRIES=100000 GATES=10 makes it the fleet that docs/guides/fleet.md has figures of. */
const entries = Number(process.env['ENTRIES'] ?? 5_000)
const count = Number(process.env['GATES'] ?? 3)
const patience = 120_000

const isThere = spawnSync('nats-server', ['--version']).status === 0
const skipped = 'nats-server is not installed: apt install nats-server'
const port = 4_222
const servers = `127.0.0.1:${port}`
const subjectOf = (stream: string) => `fleet.${stream}`
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

let program: string
let storage: string
let broker: ChildProcess

async function startBroker(): Promise<void> {
  broker = spawn('nats-server', ['-js', '-sd', storage, '-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const isOpen = () => spawnSync('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`]).status === 0
  await until(isOpen, 'the broker')
}

async function killBroker(): Promise<void> {
  const ended = once(broker, 'exit')
  broker.kill('SIGKILL')
  await ended
}

beforeAll(async () => {
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  if (!isThere) return
  storage = mkdtempSync(join(tmpdir(), 'nfkit-nats-'))
  program = await bundled('gate', import.meta.dirname)
  await startBroker()
})
afterAll(async () => {
  if (!isThere) return
  await killBroker()
  rmSync(storage, { recursive: true })
})

interface Said {
  readonly at: number
  readonly blocked?: number
  readonly unlisted?: number
  readonly first?: string
  readonly policy?: string
  readonly caughtUp?: number
  readonly stats?: { readonly refused: { readonly [refusal: string]: number }; readonly missing: number }
}

/** A gate in a process of its own, over the kernel of a network namespace of its own. */
class GateProcess {
  readonly said: Said[] = []
  readonly netns: string
  readonly #namespace: ChildProcess
  #process: ChildProcess | undefined
  readonly #stream: string

  constructor(stream: string) {
    this.#stream = stream
    this.#namespace = spawn('unshare', ['-n', 'sleep', 'infinity'])
    this.netns = `/proc/${this.#namespace.pid}/ns/net`
    onTestFinished(() => {
      this.kill()
      this.#namespace.kill('SIGKILL')
    })
  }

  async start(): Promise<void> {
    const own = execFileSync('readlink', ['/proc/self/ns/net']).toString()
    await until(() => execFileSync('readlink', [this.netns]).toString() !== own, 'its namespace')
    const child = spawn(process.execPath, [program, this.netns, servers, this.#stream, pem], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#process = child
    createInterface({ input: child.stdout! }).on('line', (line) => this.said.push(JSON.parse(line)))
    await until(() => this.said.length > 0 || child.exitCode !== null, 'that it is open', patience)
    expect(child.exitCode).toBeNull()
  }

  kill(): void {
    this.#process?.kill('SIGKILL')
  }

  async stats() {
    const before = this.said.length
    this.#process!.stdin!.write('\n')
    await until(() => this.said.slice(before).some(({ stats }) => stats), 'its stats')
    return this.said.findLast(({ stats }) => stats)!.stats!
  }

  /** How many addresses and networks the kernel of its namespace has. */
  async inKernel(): Promise<number> {
    await using nft = await openNftables(openMnl({ netns: this.netns }))
    const { tables } = await nft.list({ table: { family: 'inet', name: 'fleet' } })
    const sets = tables[0]!.sets.filter(({ set }) => set.name?.startsWith('blocked'))
    return sets.reduce((sum, { elements }) => sum + elements.length, 0)
  }

  async has(listed: number): Promise<void> {
    for (const start = performance.now(); (await this.inKernel()) !== listed; await sleep(50))
      if (performance.now() - start > patience) expect(await this.inKernel()).toBe(listed)
  }
}

async function fleetOf(stream: string, gates: number) {
  const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100 })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: stream, subjects: [subjectOf(stream)] })
  const log = jetStreamLog({ jetstream: jetstream(connection), manager, stream, subject: subjectOf(stream) })
  const author = await openAuthor({ fleet: stream, keys: { ops: pem }, log, author: 'ops', key: privateKey })
  onTestFinished(async () => {
    await author.close()
    await connection.close()
  })
  const all = Array.from({ length: gates }, () => new GateProcess(stream))
  await Promise.all(all.map((gate) => gate.start()))
  return { author, log, connection, gates: all }
}

/** Addresses apart from each other. */
const many = Array.from(
  { length: entries },
  (_, i) => `${11 + (i >> 21)}.${(i >> 13) & 255}.${(i >> 5) & 255}.${(i & 31) * 8}`,
)

const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[all.length >> 1]!
const now = () => Number(process.hrtime.bigint()) / 1e6

test.skipIf(!isThere)(
  `${entries} entries reach ${count} gates, and each change after them does${isThere ? '' : `: ${skipped}`}`,
  async () => {
    const { author, gates } = await fleetOf('many', count)
    const begun = now()
    await author.block(many, { seconds: 86_400 })
    const stored = now() - begun
    await until(
      () => gates.every(({ said }) => said.reduce((sum, { blocked = 0 }) => sum + blocked, 0) >= entries),
      'all at all gates',
      patience,
    )
    const reached = Math.max(...gates.map(({ said }) => said.at(-1)!.at)) - begun
    for (const gate of gates) expect(await gate.inKernel()).toBe(entries)

    const delays: number[] = []
    for (let i = 0; i < 40; i++) {
      const place = `203.0.113.${i}`
      const start = now()
      await author.block(place, { seconds: 3_600 })
      const of = ({ said }: GateProcess) => said.find(({ first }) => first === place)
      await until(() => gates.every(of), 'the change at all gates')
      delays.push(Math.max(...gates.map((gate) => of(gate)!.at)) - start)
    }
    for (const gate of gates) {
      expect(await gate.inKernel()).toBe(entries + 40)
      expect(await gate.stats()).toMatchObject({ missing: 0, refused: { replay: 0, signature: 0, malformed: 0 } })
    }
    console.log(
      `${entries} entries: stored in ${stored.toFixed(0)} ms, in the kernels of ${count} gates in ${reached.toFixed(0)} ms; a change in all of them: median ${median(delays).toFixed(1)} ms, longest ${Math.max(...delays).toFixed(1)} ms`,
    )
    await author.snapshot()
    const late = new GateProcess('many')
    await late.start()
    await late.has(entries + 40)
  },
  600_000,
)

test.skipIf(!isThere)(
  `the broker is killed, and returns: nothing is lost${isThere ? '' : `: ${skipped}`}`,
  async () => {
    const { author, gates } = await fleetOf('killed', 2)
    await author.block('192.0.2.1')
    for (let round = 0; round < 3; round++) {
      await killBroker()
      const saying = author.block([`192.0.2.${10 + round}`, `198.51.100.${round}`])
      await sleep(200)
      await startBroker()
      await saying
    }
    await author.unlist('192.0.2.1')
    for (const gate of gates) {
      await gate.has(6)
      expect(await gate.stats()).toMatchObject({ missing: 0 })
    }
  },
  patience,
)

test.skipIf(!isThere)(
  `a gate that was away catches up, also where the log was cut meanwhile${isThere ? '' : `: ${skipped}`}`,
  async () => {
    const { author, gates } = await fleetOf('away', 2)
    await author.block(['192.0.2.1', '192.0.2.2'])
    for (const gate of gates) await gate.has(2)
    gates[0]!.kill()
    await author.unlist('192.0.2.1')
    await author.block(['198.51.100.1', '198.51.100.2'])
    await author.snapshot()
    await author.block('198.51.100.3')
    await gates[0]!.start()
    for (const gate of gates) {
      await gate.has(4)
      expect(await gate.stats()).toMatchObject({ missing: 0 })
    }
  },
  patience,
)

test.skipIf(!isThere)(
  `what is no author's changes nothing${isThere ? '' : `: ${skipped}`}`,
  async () => {
    const { author, gates, connection, log } = await fleetOf('strangers', 1)
    await author.block('192.0.2.1')
    const stored: Uint8Array[] = []
    for await (const { message } of log.read(1, new AbortController().signal)) {
      stored.push(message)
      break
    }
    const signed = stored[0]!
    const turned = Uint8Array.from(signed)
    turned[turned.length - 3]! ^= 1
    const messages = [Uint8Array.of(1, 2, 3), new Uint8Array(300_000), turned, signed]
    for (const message of messages) connection.publish(subjectOf('strangers'), message)
    await connection.flush()
    await author.block('192.0.2.2')
    await gates[0]!.has(2)
    expect(await gates[0]!.stats()).toMatchObject({
      refused: { malformed: 1, oversized: 1, signature: 1, replay: 1 },
      missing: 0,
    })
  },
  patience,
)

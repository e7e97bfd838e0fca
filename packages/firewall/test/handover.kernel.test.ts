import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { openMnl } from '@nfkit/mnl-native'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { freshHost, until } from '../../../test/host.ts'
import { stream, traffic } from '../../../test/traffic.ts'
import { supervise } from '../../handover/src/index.ts'
import { bundled } from '../../mnl-native/test/program.ts'

/** RESTARTS=100 RATE=500 makes it the load that docs/guides/restart-without-loss.md has figures of: RATE new connections a second. */
const restarts = Number(process.env['RESTARTS'] ?? 4)
const rate = Number(process.env['RATE'] ?? 300)
const kills = Math.min(restarts, 4)
const patience = 60_000 + restarts * 8_000

let worker: string
beforeAll(async () => {
  freshHost()
  worker = await bundled('worker', import.meta.dirname)
})

async function supervised() {
  const folder = mkdtempSync(join(tmpdir(), 'nfkit-firewall-'))
  const supervisor = await supervise({
    worker: pathToFileURL(worker),
    sockets: { queue: openMnl(), rules: openMnl() },
    queues: { queue: [{ number: 0, gso: true, conntrack: 'off', maxLength: 16_384 }], rules: [] },
    args: [folder],
    execArgv: [],
    absent: 'accept',
    standby: true,
    absentMilliseconds: 30_000,
    loadingMilliseconds: 60_000,
    watchdogMilliseconds: 30_000,
  })
  onTestFinished(async () => {
    await supervisor.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const asked = () =>
    readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean))
  return { supervisor, asked }
}

describe(`${restarts} times under ${rate} new connections a second`, () => {
  test('a firewall is replaced: none is lost, none judged twice, and a TCP connection goes on', {
    timeout: patience,
  }, async () => {
    const { supervisor, asked } = await supervised()
    const died: Error[] = []
    supervisor.on('workerDied', (error) => died.push(error))
    const endStream = await stream()
    const endConnections = await traffic(rate, 'apart')
    for (let i = 0; i < restarts; i++) await supervisor.replace()
    const { sent, received, twice, longest } = await endConnections()
    const carried = await endStream()
    // The last one, too, writes down what it was asked.
    await supervisor.replace()
    console.log(`${restarts} restarts, ${sent} connections, the longest waited ${longest} ms`)
    expect({ received, twice, died }).toEqual({ received: sent, twice: 0, died: [] })
    expect(carried.received).toEqual([carried.sent])
    await until(() => asked().length >= sent + 1, 'all that was asked')
    expect([asked().length, new Set(asked()).size]).toEqual([sent + 1, sent + 1])
  })

  test('a firewall is killed: no packet is lost, and rules are there all the time', { timeout: patience }, async () => {
    const { supervisor } = await supervised()
    const readers: number[] = []
    supervisor.on('workerReads', ({ processId = 0 }) => readers.push(processId))
    await until(() => readers.length === 1, 'the first')
    const endStream = await stream()
    const endConnections = await traffic(rate, 'apart')
    for (let i = 0; i < kills; i++) {
      // The one that stands by is being loaded, too: on a busy machine for long.
      await sleep(3_000)
      process.kill(readers.at(-1)!, 'SIGKILL')
      expect(execFileSync('nft', ['list', 'tables']).toString()).toContain('table inet handed')
      await until(() => readers.length === i + 2, 'the next', 30_000)
    }
    const { sent, received, twice, longest } = await endConnections()
    const carried = await endStream()
    console.log(`${sent} connections, the longest waited ${longest} ms`)
    expect({ received, twice }).toEqual({ received: sent, twice: 0 })
    expect(carried.received).toEqual([carried.sent])
  })
})

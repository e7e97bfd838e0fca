import { openMnl } from '@nfkit/mnl-native'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { freshHost, sh, until } from '../../../test/host.ts'
import { stream, traffic } from '../../../test/traffic.ts'
import { supervise } from '../src/index.ts'
import { type WorkerProgram, workerProgram } from './worker-program.ts'

/** RESTARTS=100 RATE=20000 makes it the load that docs/guides/restart-without-loss.md has figures of. */
const restarts = Number(process.env['RESTARTS'] ?? 6)
const rate = Number(process.env['RATE'] ?? 2_000)
/** Loading a program takes as long as the machine likes: what comes meanwhile has to fit into the queue. */
const [kills, killRate] = [Math.min(restarts, 4), Math.min(rate, 500)]
const patience = 60_000 + restarts * 5_000

let program: WorkerProgram

beforeAll(() => freshHost())
beforeEach(async () => {
  program = await workerProgram()
  sh('iptables -w -F; iptables -w -A INPUT -p udp --dport 5354 -j NFQUEUE --queue-num 0')
  sh('iptables -w -A INPUT -p tcp --dport 5355 -j NFQUEUE --queue-num 0')
})
afterAll(() => sh('iptables -w -F'))

const supervised = async () => {
  const supervisor = await supervise({
    worker: program.url,
    sockets: { gate: openMnl() },
    queues: { gate: [{ number: 0, conntrack: 'off', maxLength: 131_072, receiveBuffer: 0x1000_0000 }] },
    args: [program.folder],
    execArgv: [],
    absentMilliseconds: 30_000,
    loadingMilliseconds: 60_000,
    watchdogMilliseconds: 30_000,
  })
  const program_ = program
  onTestFinished(async () => {
    await supervisor.close()
    program_[Symbol.dispose]()
  })
  return supervisor
}

/** Each number from 0 on, once. */
const each = (count: number) => Array.from({ length: count }, (_, i) => i)

describe(`${restarts} times under ${rate} packets a second`, () => {
  test('a worker is replaced: no packet is lost, none judged twice, and a TCP connection goes on', {
    timeout: patience,
  }, async () => {
    const supervisor = await supervised()
    const died: Error[] = []
    supervisor.on('workerDied', (error) => died.push(error))
    const endStream = await stream()
    const endTraffic = await traffic(rate)
    for (let i = 0; i < restarts; i++) await supervisor.replace()
    const { sent, received, twice, longest } = await endTraffic()
    const carried = await endStream()
    await supervisor.close()
    console.log(`${restarts} restarts, ${sent} packets, the longest waited ${longest} ms`)
    expect({ received, twice, died }).toEqual({ received: sent, twice: 0, died: [] })
    expect(program.decided().sort((a, b) => a - b)).toEqual(each(sent))
    expect(carried.received).toEqual([carried.sent])
  })

  test('a worker is killed: no packet is lost, and none comes twice', { timeout: patience }, async () => {
    const supervisor = await supervised()
    const readers: number[] = []
    supervisor.on('workerReads', ({ processId = 0 }) => readers.push(processId))
    await until(() => readers.length === 1, 'the first')
    const endStream = await stream()
    const endTraffic = await traffic(killRate)
    for (let i = 0; i < kills; i++) {
      process.kill(readers.at(-1)!, 'SIGKILL')
      await until(() => readers.length === i + 2, 'the next', 20_000)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    const { sent, received, twice, longest } = await endTraffic()
    const carried = await endStream()
    console.log(`${sent} packets, the longest waited ${longest} ms`)
    expect({ received, twice }).toEqual({ received: sent, twice: 0 })
    expect(carried.received).toEqual([carried.sent])
  })
})

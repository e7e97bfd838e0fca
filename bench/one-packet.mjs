import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { queueNumber } from './contestants.mjs'
import { generate } from './generator.mjs'
import { bothCpus, Running } from './process.mjs'
import { script } from './programs.mjs'
import { sharesByStage } from './stages.mjs'

const outstanding = 64
const load = (size, duration) => generate('window', size, [duration, outstanding], { gso: true })

/** Nanoseconds of processor time of a packet in a saturated queue, by stage of its life: samples of perf. */
export async function lifeOf({ argv: [node, ...argv] }, size, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'nfkit-life-'))
  // V8 writes a log of its own where it tells perf of frames.
  const log = ['--no-logfile-per-isolate', `--logfile=${join(folder, 'v8.log')}`]
  const consumer = new Running([node, '--perf-basic-prof', '--interpreted-frames-native-stack', ...log, ...argv])
  try {
    await consumer.bound(queueNumber)
    await load(size, seconds / 3)
    const before = consumer.cpu()
    const { received } = await load(size, seconds)
    const perPacket = (consumer.cpu() - before) / received

    const data = join(folder, 'perf.data')
    const record = `perf record -q -o ${data} -F 2999 -e cpu-clock -g -p ${consumer.pid} -- sleep ${seconds}`
    const recorder = new Running(record.split(' '), { cpus: bothCpus })
    await sleep(300)
    await load(size, seconds)
    await recorder.finish()
    await consumer.stop()
    const shares = await sharesByStage(data)
    return Object.fromEntries(shares.map(([stage, share]) => [stage, share * perPacket]))
  } finally {
    await consumer.stop()
    rmSync(`/tmp/perf-${consumer.pid}.map`, { force: true })
    rmSync(folder, { recursive: true })
  }
}

/** What is allocated for a packet, by function: bytes and objects of each. */
export async function allocations(way, [warm, count]) {
  const argv = [process.execPath, script('allocations'), ...[queueNumber, way, warm, count].map(String)]
  const consumer = new Running(argv)
  await consumer.bound(queueNumber)
  const load = generate('window', 64, [3, outstanding], { gso: true })
  const { functions } = await consumer.finish()
  await load
  return functions
}

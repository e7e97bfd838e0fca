import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { asynchronous, iterating, queueNumber, sync } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { options } from '../options.mjs'
import { bothCpus, Running } from '../process.mjs'
import { isInstalled } from '../programs.mjs'
import { queueLoad } from '../rules.mjs'
import { sharesByStage, stages } from '../stages.mjs'

const seconds = options.smoke ? 0.3 : 3
const outstanding = 64
const load = (size, duration) => generate('window', size, [duration, outstanding], { gso: true })

/** Nanoseconds of processor time of a packet in a saturated queue, by stage of its life: samples of perf. */
export async function lifeOf({ argv: [node, ...argv] }, size) {
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
    const record = [
      'perf',
      'record',
      '-q',
      '-o',
      data,
      '-F',
      '2999',
      '-e',
      'cpu-clock',
      '-g',
      '-p',
      String(consumer.pid),
    ]
    const recorder = new Running([...record, '--', 'sleep', String(seconds)], { cpus: bothCpus })
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

const missing = isInstalled('perf') ? undefined : 'perf is not installed: apt install linux-perf'

/** What the kernel, Node and each part of nfkit have of a packet's time. */
export const life = {
  name: 'life',
  title: 'where the time of a packet of 64 bytes goes, ns',
  reference: sync.name,
  contestants: missing ? [] : [sync, asynchronous, iterating],
  skipped: missing && { 'a packet’s life': missing },
  metrics: stages.map((stage) => ({ key: stage, title: stage, ratio: false })),
  prepare: queueLoad,
  sample: (contestant) => lifeOf(contestant, 64),
}

// One packet's life: where the time between its arrival and its verdict goes, and what is allocated for it.
// `node bench/life.mjs [SIZE] [CONSUMER]`, as root, CONSUMER being one of bench/consumers; needs perf (Debian: apt install linux-perf).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { queueNumber } from './contestants.mjs'
import { generate } from './generator.mjs'
import { enter } from './namespace.mjs'
import { Original } from './original.mjs'
import { Running } from './process.mjs'
import { compile, script } from './programs.mjs'
import { queueLoad } from './rules.mjs'
import { stages } from './stages.mjs'
import { grid } from './table.mjs'

const [, , size = 64, consumerName = 'accept'] = process.argv
const seconds = 3
const outstanding = 64
const load = (duration) => generate('window', size, [duration, outstanding], { gso: true })

enter()
compile()
queueLoad()
const folder = mkdtempSync(join(tmpdir(), 'nfkit-life-'))
try {
  await time(folder)
  await allocations()
} finally {
  rmSync(folder, { recursive: true })
}

async function time(folder) {
  const flags = ['--perf-basic-prof', '--interpreted-frames-native-stack']
  const consumer = new Running([process.execPath, ...flags, script(consumerName), String(queueNumber)])
  await consumer.bound(queueNumber)
  await load(1)
  const before = consumer.cpu()
  const { received } = await load(seconds)
  const perPacket = (consumer.cpu() - before) / received

  const data = join(folder, 'perf.data')
  const record = ['perf', 'record', '-q', '-o', data, '-F', '2999', '-e', 'cpu-clock', '-g', '-p', String(consumer.pid)]
  const recorder = new Running([...record, '--', 'sleep', String(seconds)], { cpus: '0,1' })
  await sleep(300)
  await load(seconds)
  await recorder.finish()
  await consumer.stop()

  const shares = await stages(data)
  rmSync(`/tmp/perf-${consumer.pid}.map`, { force: true })
  const rows = [...shares]
    .sort((a, b) => b[1] - a[1])
    .map(([stage, share]) => [stage, `${(share * 100).toFixed(1)} %`, (share * perPacket).toFixed(0)])
  console.log(
    `one packet of ${size} bytes, ${consumerName}, saturated: ${(perPacket / 1e3).toFixed(2)} µs of processor\n`,
  )
  console.log(grid([['stage', 'share', 'ns'], ...rows]))
}

async function allocations() {
  const consumer = new Running([process.execPath, script('allocations'), String(queueNumber), consumerName])
  await consumer.bound(queueNumber)
  await load(seconds)
  const { functions } = await consumer.finish()
  const original = new Original()
  const total = (key) => functions.reduce((sum, f) => sum + f[key], 0)
  const rows = functions
    .filter(({ bytes }) => bytes >= 0.5)
    .sort((a, b) => b.bytes - a.bytes)
    .map((f) => [`${f.name} (${original.file(f.url, f.line, f.column)})`, f.bytes.toFixed(1), f.objects.toFixed(2)])
  console.log(`\nallocated for a packet, the handler's share included\n`)
  console.log(
    grid([['function', 'bytes', 'objects'], ...rows, ['all', total('bytes').toFixed(1), total('objects').toFixed(2)]]),
  )
}

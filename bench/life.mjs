// One packet's life: where the time between its arrival and its verdict goes, and what is allocated for it.
// `node bench/life.mjs [SIZE] [CONSUMER]`, as root, CONSUMER being one of bench/consumers; needs perf (Debian: apt install linux-perf).
import { queueNumber } from './contestants.mjs'
import { enter } from './namespace.mjs'
import { allocations, lifeOf } from './one-packet.mjs'
import { Original } from './original.mjs'
import { compile, script } from './programs.mjs'
import { queueLoad } from './rules.mjs'
import { grid } from './table.mjs'

const [, , size = 64, consumerName = 'accept'] = process.argv

enter()
compile()
queueLoad()
const shares = await lifeOf({ argv: [process.execPath, script(consumerName), String(queueNumber)] }, size, 3)
const perPacket = Object.values(shares).reduce((sum, ns) => sum + ns, 0)
const stages = Object.entries(shares)
  .sort((a, b) => b[1] - a[1])
  .map(([stage, ns]) => [stage, `${((100 * ns) / perPacket).toFixed(1)} %`, ns.toFixed(0)])
console.log(
  `one packet of ${size} bytes, ${consumerName}, saturated: ${(perPacket / 1e3).toFixed(2)} µs of processor\n`,
)
console.log(grid([['stage', 'share', 'ns'], ...stages]))

const functions = await allocations(consumerName, [50_000, 20_000])
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

// rules COUNT ROUNDS [counted|run]: how long the simulated kernel takes to judge a packet by so many rules of nf_tables, none of which matches. They are passed by
// their first conditions, which all of them count before (counted), or are run for every packet (run). Nanoseconds of processor time, each round.
import { tcp } from '@nfkit/ip-codec/build'
import { parse, table } from '@nfkit/nftables'
import { SimulatedKernel } from '@nfkit/simulator'

/** Rules as firewalls have them, none of which the packet matches. */
const kinds = [
  (i) => `tcp dport ${1000 + i} accept`,
  (i) => `ip saddr 10.${i % 200}.0.0/16 drop`,
  (i) => `iifname "eth${i + 1}" accept`,
  () => 'ct state invalid drop',
  (i) => `meta mark ${i + 1} drop`,
  (i) => `ip daddr 198.51.100.${i % 200} udp dport 53 accept`,
  (i) => `tcp dport ${2000 + i}-${2009 + i} counter accept`,
]

const [count, rounds] = process.argv.slice(2, 4).map(Number)
/** What comes before the conditions. Behind a second count they are not looked at before the rule is run. */
const begins = { counted: 'counter ', run: 'counter counter ' }
const begin = begins[process.argv[4]] ?? ''
const kernel = new SimulatedKernel()
if (count > 0) {
  const fw = table('inet', 'fw')
  const input = fw.chain('input', { hook: 'input' })
  const rules = Array.from({ length: count }, (_, i) => input.rule(...parse(begin + kinds[i % kinds.length](i))))
  await kernel.load([fw, input, ...rules])
}
const packet = tcp('192.0.2.1:40000 > 192.0.2.2:443', { syn: true, payload: new Uint8Array(64) })
const way = { hook: 'input', indev: 'eth0', queue: null }
const burst = 256
const often = Math.max(2, Math.ceil(400 / (count + 20))) * 2 * burst
const took = []
for (let round = -2; round < rounds; round++) {
  const start = process.cpuUsage()
  for (let sent = 0; sent < often; sent += burst)
    for (const { verdict } of await Promise.all(Array.from({ length: burst }, () => kernel.deliver(packet, way))))
      if (verdict !== 'accept') throw new Error(`a packet's verdict is ${verdict}`)
  const { user, system } = process.cpuUsage(start)
  // The first rounds warm up.
  if (round >= 0) took.push(((user + system) * 1e3) / often)
}
console.log(JSON.stringify({ took }))

// calls WHAT ROUNDS: how long one call of a package takes, away from everything else. Nanoseconds of processor time, the kernel's
// part included, each round.
import { maxRewritten, parseIp, rewrite } from '@nfkit/ip-codec'
import { tcp, udp } from '@nfkit/ip-codec/build'
import { openMnl } from '@nfkit/mnl-native'
import { messageFlags } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'
import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'

/** TCP and UDP, IPv4 and IPv6, in turn. */
const packets = (payload) => [
  tcp('10.0.0.1:40000 > 10.0.0.2:22', { payload }),
  udp('10.0.0.1:5000 > 10.0.0.2:53', { payload }),
  tcp('[2001:db8::1]:40000 > [2001:db8::2]:22', { payload }),
  udp('[2001:db8::1]:5000 > [2001:db8::2]:53', { payload }),
]
let sum = 0

/** What is called: `prepare` resolves to a function that does it as often as asked, and to how often a round does. */
const calls = {
  view() {
    const seen = packets('question')
    return {
      often: 500_000,
      run(often) {
        for (let i = 0; i < often; i++) {
          const ip = parseIp(seen[i & 3])
          const transport = ip.tcp ?? ip.udp
          sum += ip.protocol + transport.sourcePort + transport.destinationPort
        }
      },
    }
  },
  rewrite() {
    const payload = new Uint8Array(1360).fill(7)
    const old = packets(payload)
    const memory = new Uint8Array(maxRewritten)
    return {
      often: 50_000,
      run(often) {
        for (let i = 0; i < often; i++) sum += rewrite(old[i & 3], { payload }, memory).length
      },
    }
  },
  receive() {
    const request = encodeMessage(
      { type: nfqueueMessage.config.type, flags: messageFlags.request | messageFlags.ack },
      queueConfig,
      { cmd: { command: 3, pf: 2 } },
    )
    const often = 2_000
    const requests = new Uint8Array(often * request.length)
    for (let i = 0; i < often; i++) requests.set(request, i * request.length)
    const transport = openMnl({ buffers: { receive: 64 << 20 } })
    let missing = 0
    let all
    transport.receive({
      batch(batch) {
        sum += batch.bytes[batch.spans[0]]
        missing -= batch.length
        batch.release()
        if (missing === 0) all()
      },
      error(error) {
        throw error
      },
    })
    return {
      often,
      before() {
        transport.pause()
        transport.send(requests)
        missing = often
      },
      run() {
        transport.resume()
        return new Promise((resolve) => (all = resolve))
      },
      end: () => transport.close(),
    }
  },
  async simulate() {
    const burst = 512
    const packet = udp('192.0.2.1:4000 > 198.51.100.2:53', { payload: new Uint8Array(64) })
    const kernel = new SimulatedKernel()
    const queue = await openQueue(kernel.connect(), { number: 0, maxLength: burst })
    queue.run((packet) => packet.accept({ mark: packet.id }))
    return {
      often: 20 * burst,
      async run(often) {
        for (let sent = 0; sent < often; sent += burst)
          for (const { verdict } of await Promise.all(Array.from({ length: burst }, () => kernel.deliver(packet))))
            if (verdict !== 'accept') throw new Error(`a packet's verdict is ${verdict}`)
      },
      end: () => queue.close(),
    }
  },
}

const [what, rounds] = process.argv.slice(2)
const { often, before, run, end } = await calls[what]()
const took = []
for (let round = -1; round < Number(rounds); round++) {
  before?.()
  const start = process.cpuUsage()
  await run(often)
  const { user, system } = process.cpuUsage(start)
  // The first round warms up.
  if (round >= 0) took.push(((user + system) * 1e3) / often)
}
await end?.()
console.log(JSON.stringify({ took, sum }))

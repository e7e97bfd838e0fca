/**
 * Claim: giving a packet of 1400 bytes a new payload, lengths and checksums right, costs less than 2 µs.
 * Prints one number: ns of CPU per packet, the median of rounds over TCP and UDP, IPv4 and IPv6 packets in turn.
 */
import { tcp, udp } from '../src/build/index.ts'
import { maxRewritten, rewrite } from '../src/index.ts'

const payload = new Uint8Array(1360).fill(7)
const packets = [
  tcp('10.0.0.1:40000 > 10.0.0.2:22', { payload }),
  udp('10.0.0.1:5000 > 10.0.0.2:53', { payload }),
  tcp('[2001:db8::1]:40000 > [2001:db8::2]:22', { payload }),
  udp('[2001:db8::1]:5000 > [2001:db8::2]:53', { payload }),
]
const memory = new Uint8Array(maxRewritten)
const perRound = 50_000

function round(): number {
  let sum = 0
  const start = process.cpuUsage()
  for (let i = 0; i < perRound; i++) sum += rewrite(packets[i & 3]!, { payload }, memory).length
  const nanoseconds = (process.cpuUsage(start).user * 1e3) / perRound
  if (sum !== (packets.reduce((all, packet) => all + packet.length, 0) * perRound) / 4) throw new Error('lost bytes')
  return nanoseconds
}

const rounds = Array.from({ length: 15 }, round).sort((a, b) => a - b)
console.log(rounds[7]!.toFixed(1))

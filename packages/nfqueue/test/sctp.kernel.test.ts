import { parseHex } from '@nfkit/inet'
import { parseIp, rewrite } from '@nfkit/ip-codec'
import { sctp } from '@nfkit/ip-codec/build'
import { openMnl } from '@nfkit/mnl-native'
import { beforeEach, expect, test } from 'vitest'
import { freshHost, sh, shell, until } from '../../../test/host.ts'
import { openQueue } from '../src/index.ts'

beforeEach(freshHost)

/** Sends one packet through a raw socket, and prints what a raw socket of the same protocol receives; this kernel has no SCTP of its own. */
const raw = `
import socket, sys
family, protocol, host, packet = int(sys.argv[1]), 132, sys.argv[2], bytes.fromhex(sys.argv[3])
into = socket.socket(family, socket.SOCK_RAW, protocol)
into.settimeout(5)
out = socket.socket(family, socket.SOCK_RAW, protocol)
out.sendto(packet, (host, 0))
print(into.recv(65535).hex())
`

test.each([
  ['IPv4', 2, '127.0.0.1', 'iptables', 20],
  ['IPv6', 10, '::1', 'ip6tables', 40],
] as const)(
  'an SCTP packet over %s is rewritten, and its CRC32c is that of what arrives',
  async (_, family, host, tool, header) => {
    sh(`${tool} -w -A OUTPUT -p sctp -j NFQUEUE --queue-num 3`)
    await using queue = await openQueue(openMnl(), { number: 3 })
    const ports: (number | undefined)[] = []
    queue.run((packet) => {
      ports.push(packet.ip?.sctp?.destinationPort)
      return packet.accept({ payload: rewrite(packet.ip!, { destinationPort: 5_999 }) })
    })
    const ends = host.includes(':') ? '[::1]:4000 > [::1]:5000' : '127.0.0.1:4000 > 127.0.0.1:5000'
    const packet = sctp(ends, {
      verificationTag: 0,
      chunks: [{ type: 1, flags: 0, value: new Uint8Array(16).fill(7) }],
    })
    const sent = Buffer.from(packet.subarray(header)).toString('hex')
    const received = parseHex((await shell(`python3 -c '${raw}' ${family} ${host} ${sent}`)).trim())!
    await until(() => ports.length > 0, 'the packet')
    expect(ports[0]).toBe(5_000)
    // A raw socket of IPv4 receives the header, too.
    const arrived = family === 2 ? received : Buffer.concat([packet.subarray(0, header), received])
    const { sctp: view } = parseIp(arrived)!
    expect(view?.destinationPort).toBe(5_999)
    expect(view?.checksumState).toBe('valid')
  },
)

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether there is a tshark to ask. */
export function hasTshark(): boolean {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Packets from their IP header on, as a capture file: link type 101, raw IP. */
function capture(packets: readonly Uint8Array[]): Uint8Array {
  const file = new Uint8Array(24 + packets.reduce((size, packet) => size + 16 + packet.length, 0))
  const words = new DataView(file.buffer)
  words.setUint32(0, 0xa1b2c3d4)
  words.setUint16(4, 2)
  words.setUint16(6, 4)
  words.setUint32(16, 0x4_0000)
  words.setUint32(20, 101)
  let p = 24
  for (const [i, packet] of packets.entries()) {
    words.setUint32(p, i)
    words.setUint32(p + 8, packet.length)
    words.setUint32(p + 12, packet.length)
    file.set(packet, p + 16)
    p += 16 + packet.length
  }
  return file
}

/** What tshark reads in each packet for these fields, with all checksums checked. Of a field that occurs twice, all values. */
export function tshark(packets: readonly Uint8Array[], fields: readonly string[]): string[][][] {
  const folder = mkdtempSync(join(tmpdir(), 'ip-codec-'))
  try {
    const path = join(folder, 'packets.pcap')
    writeFileSync(path, capture(packets))
    const checked = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'].flatMap((name) => [
      '-o',
      `${name}:TRUE`,
    ])
    const options = ['-o', 'sctp.checksum:CRC 32c', '-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE']
    const wanted = fields.flatMap((field) => ['-e', field])
    const out = execFileSync(
      'tshark',
      ['-n', '-r', path, ...checked, ...options, '-T', 'fields', '-E', 'separator=;', '-E', 'aggregator=,', ...wanted],
      { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const lines = out.split('\n').slice(0, -1)
    return lines.map((line) => line.split(';').map((cell) => (cell === '' ? [] : cell.split(','))))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

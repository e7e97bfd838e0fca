import { readdirSync, readFileSync } from 'node:fs'

/** LINKTYPE_NETLINK: each record is a 16-byte cooked header and one datagram. */
const linkType = 253
const cooked = 16
const netfilter = 12

/** The netfilter datagrams of a classic pcap file, of either byte order. */
function readPcap(file: string | URL): Uint8Array[] {
  const bytes = new Uint8Array(readFileSync(file))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const little = view.getUint32(0, true) === 0xa1b2c3d4
  if (!little && view.getUint32(0) !== 0xa1b2c3d4) throw new Error(`${file} is no pcap file`)
  if ((view.getUint32(20, little) & 0xffff) !== linkType) throw new Error(`${file} is no netlink capture`)
  const datagrams: Uint8Array[] = []
  for (let p = 24; p < bytes.length; ) {
    const length = view.getUint32(p + 8, little)
    const record = p + 16
    if (view.getUint16(record + 14) === netfilter) datagrams.push(bytes.slice(record + cooked, record + length))
    p = record + length
  }
  return datagrams
}

/** The datagrams of every capture in a folder, by name. */
export function readRecordings(folder: URL): ReadonlyMap<string, readonly Uint8Array[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.pcap'))
  return new Map(names.sort().map((name) => [name.replace('.pcap', ''), readPcap(new URL(name, folder))]))
}

import { formatAddress, formatEnd, ipProtocol, parseAddress, parseEnd } from '@nfkit/inet'
import { type Message, messageFlags } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { type SocketQuestion, sockDiag, socketMessage, socketOf } from '@nfkit/netlink-codec/sock-diag'
import type { ProgramOptions, ProgramSocket } from './programs.ts'
import { Socket } from './socket.ts'
import { TransportWire } from './wire.ts'
import type { World } from './world.ts'

/** A socket of a program: it listens, or is connected where it has a remote end. */
export type Program = ProgramOptions & { readonly local: string } & (
    | { readonly protocol: 'tcp' }
    | { readonly protocol: 'udp'; readonly remote?: string }
  )

export const opened = async ({ programs }: World, program: Program): Promise<ProgramSocket> => {
  const { local, ...options } = program
  return program.protocol === 'tcp' ? programs.listen(local, options) : programs.bind(local, program.remote, options)
}

/** A socket that asks about sockets, beside one of netfilter. It is to be closed. */
export const asking = (world: World): Socket =>
  new Socket(new TransportWire(world.open().transport.sibling({ protocol: sockDiag.number })))

export const header = (type: number = socketMessage.byFamily.type) => ({ type, flags: messageFlags.request })

/** An address as questions carry it: 16 bytes. */
function padded(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  bytes.set(parseAddress(text)!)
  return bytes
}

/** A question for the socket with these ends: of UDP the far one comes first. */
export function between(protocol: Program['protocol'], local: string, remote: string): SocketQuestion {
  const [from, to] = (protocol === 'tcp' ? [local, remote] : [remote, local]).map((end) => parseEnd(end)!)
  return {
    family: local.startsWith('[') ? family.ipv6 : family.ipv4,
    protocol: ipProtocol[protocol],
    src: padded(from!.address),
    sport: from!.port!,
    dst: padded(to!.address),
    dport: to!.port!,
  }
}

/** The ends of a socket that was told of: `10.1.0.1:53 > 10.1.0.2:4000`. */
export function endsOf(message: Message): string {
  const { family: of, src, sport, dst, dport } = socketOf(message).header
  const size = of === family.ipv4 ? 4 : 16
  const text = (address: Uint8Array, port: number) =>
    formatEnd({ address: formatAddress(address.subarray(0, size)), port })
  return `${text(src, sport)} > ${text(dst, dport)}`
}

import { printable } from '../print/printable.ts'
import type { PacketView } from './view.ts'

/** One line for people: `input in eth0 10.0.0.1:40000 > 10.0.0.2:22 tcp SYN, 60 bytes mark 0x7`. */
export function viewLine(packet: PacketView<unknown>, length = packet.payload?.length): string {
  const { hook, ip, mark, hwProtocol } = packet
  const from = side('in', packet.indev, packet.indevName)
  const to = side('out', packet.outdev, packet.outdevName)
  const what = ip ?? `type 0x${hwProtocol.toString(16).padStart(4, '0')}, ${length ?? 'unknown'} bytes`
  return `${hook}${from}${to} ${what}${mark === 0 ? '' : ` mark 0x${mark.toString(16)}`}`
}

const side = (way: string, index: number | undefined, name: string | undefined): string =>
  index === undefined ? '' : ` ${way} ${printable(name ?? `${index}`)}`

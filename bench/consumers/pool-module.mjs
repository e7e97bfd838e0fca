import { lookAtPacket } from './look-at-packet.mjs'

export { openMnl as transport } from '@nfkit/mnl-native'

export let sum = 0

export default function judge(packet) {
  sum ^= lookAtPacket(packet)
  packet.accept()
}

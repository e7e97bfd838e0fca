import { queueNumber } from './contestants.mjs'
import { shell } from './namespace.mjs'

let loaded = false

/** Packets to the sinks of the generator pass the queue; those to the second are counted and dropped behind it. */
export function queueLoad() {
  if (loaded) return
  loaded = true
  shell(`iptables -t mangle -A INPUT -p udp --dport 9998:9999 -j NFQUEUE --queue-num ${queueNumber}
    iptables -A INPUT -p udp --dport 9998 -j DROP`)
}

/** Packets that passed the queue on their way to the second sink. */
export function accepted() {
  const line = shell('iptables -L INPUT -vnx')
    .split('\n')
    .find((row) => row.includes('dpt:9998'))
  return Number(line.trim().split(/\s+/)[0])
}

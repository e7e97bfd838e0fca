import { queueNumber } from './contestants.mjs'
import { shell, within } from './namespace.mjs'

const loaded = new Set()

/** Packets to the sinks of the generator pass the queue, in this namespace or a named one; those to the second are counted and dropped behind it. */
export function queueLoad(namespace) {
  if (loaded.has(namespace)) return
  loaded.add(namespace)
  const iptables = [...within(namespace), 'iptables'].join(' ')
  shell(`${iptables} -t mangle -A INPUT -p udp --dport 9998:9999 -j NFQUEUE --queue-num ${queueNumber}
    ${iptables} -A INPUT -p udp --dport 9998 -j DROP`)
}

/** Packets that passed the queue on their way to the second sink. */
export function accepted() {
  const line = shell('iptables -L INPUT -vnx')
    .split('\n')
    .find((row) => row.includes('dpt:9998'))
  return Number(line.trim().split(/\s+/)[0])
}

import { execSync, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { openMnl } from '@nfkit/mnl-native'
import type { World } from './world.ts'

/** This machine's kernel, in the network namespace the tests run in. */
export function kernelWorld(): World {
  execSync('ip link set lo up')
  // Where they are modules, not all of them load by themselves.
  const helpers = ['ftp', 'tftp', 'amanda'].map((name) => `nf_conntrack_${name}`)
  for (const module of ['nf_nat', ...helpers, 'nfnetlink_cttimeout', 'nfnetlink_cthelper'])
    spawnSync('modprobe', ['-q', module])
  let hasGiven = false
  let hasLabels = false
  const labelRule = 'OUTPUT -m connlabel --label 5 -j ACCEPT'
  const uncounted = settings({ acct: 1, timestamp: 1 })
  // Without a rule that asks for the connection nothing is tracked.
  execSync('iptables -A OUTPUT -m conntrack --ctstate INVALID -j DROP')
  return {
    name: 'this machine’s kernel',
    connect: () => openMnl(),
    uncounted,
    async send(sourcePort) {
      const socket = createSocket('udp4').bind(sourcePort, '127.0.0.1')
      await once(socket, 'listening')
      await new Promise<void>((resolve, reject) =>
        socket.send('hello', 9, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
      )
      socket.close()
      await once(socket, 'close')
    },
    give({ sourcePort, helper, timeoutPolicy, zone }) {
      const options = Object.entries({ helper, timeout: timeoutPolicy, zone }).filter(
        ([, value]) => value !== undefined,
      )
      const given = options.map(([option, value]) => `--${option} ${value}`).join(' ')
      execSync(`iptables -t raw -A OUTPUT -p udp --sport ${sourcePort} -j CT ${given}`)
      hasGiven = true
    },
    mark(sourcePort, mark) {
      execSync(`iptables -t mangle -A OUTPUT -p udp --sport ${sourcePort} -j CONNMARK --set-mark ${mark}`)
      hasGiven = true
    },
    label() {
      execSync(`iptables -A ${labelRule}`)
      hasLabels = true
    },
    pass: () => setTimeout(20),
    clear() {
      if (hasGiven) for (const table of ['raw', 'mangle']) execSync(`iptables -t ${table} -F OUTPUT`)
      if (hasLabels) execSync(`iptables -D ${labelRule}`)
      hasGiven = hasLabels = false
    },
  }
}

/** Why they could not be made; `undefined` when they were. */
function settings(values: { readonly [name: string]: number }): string | undefined {
  try {
    for (const [name, value] of Object.entries(values))
      writeFileSync(`/proc/sys/net/netfilter/nf_conntrack_${name}`, `${value}`)
    return undefined
  } catch (error) {
    return `the settings of connection tracking cannot be written here: ${error}`
  }
}

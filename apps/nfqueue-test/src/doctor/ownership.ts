import { openMnl } from '@nfkit/mnl-native'
import { openSockets } from '@nfkit/sockets'
import { type Finding, ok, warning } from './finding.ts'
import { kernelFile } from './kernel-file.ts'

/** Whether programs can be told by their packets. */
export function ownership(): Finding {
  try {
    openSockets(openMnl()).close()
  } catch (error) {
    return warning(
      `the kernel does not tell whose a packet is: ${(error as Error).message}`,
      'modprobe -a inet_diag tcp_diag udp_diag',
    )
  }
  const mount = /^\S+ (\S+) cgroup2 /m.exec(kernelFile('/proc/mounts'))?.[1]
  if (mount !== undefined) return ok(`owners of packets are told, and their units by the cgroups at ${mount}`)
  return warning(
    'owners of packets are told, but not their units: no cgroup2 is mounted here',
    'mount -t cgroup2 none /sys/fs/cgroup, or judge by user and process',
  )
}

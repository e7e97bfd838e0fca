import { nfqa, queueConfig, queueFlags } from '@nfkit/netlink-codec'
import { atLeast, nested, policy, u32, within } from '../netlink/policy.ts'

const allFlags = Object.values(queueFlags).reduce((all, flag) => all | flag, 0)

export const configPolicy = policy(queueConfig, {
  cmd: atLeast(4),
  params: atLeast(5),
  queueMaxlen: u32,
  mask: u32,
  flags: u32,
})

/** The same since 7.2, which leaves unknown flags to the policy. */
export const maskedConfigPolicy = policy(queueConfig, {
  cmd: atLeast(4),
  params: atLeast(5),
  queueMaxlen: u32,
  mask: within(u32, allFlags),
  flags: within(u32, allFlags),
})

export const verdictPolicy = policy(nfqa, { verdictHdr: atLeast(8), mark: u32, vlan: nested, priority: u32 })

export const batchPolicy = policy(nfqa, { verdictHdr: atLeast(8), mark: u32, priority: u32 })

/** For messages whose attributes the kernel does not look at. */
export const nothing = policy(nfqa, {})

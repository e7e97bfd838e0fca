import { nfqa, queueConfig, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import { policy, policyOf, typed, u32, within } from '../netlink/policy.ts'

const allFlags = Object.values(queueFlags).reduce((all, flag) => all | flag, 0)

export const configPolicy = policyOf(queueConfig)

/** The same since 7.2, which leaves unknown flags to the policy; a mask may have any bits. */
export const maskedConfigPolicy = policyOf(queueConfig, { flags: within(u32, allFlags) })

export const verdictPolicy = policy(nfqa, { verdictHdr: typed, mark: typed, vlan: typed, priority: typed })

export const batchPolicy = policy(nfqa, { verdictHdr: typed, mark: typed, priority: typed })

/** For messages whose attributes the kernel does not look at. */
export const nothing = policy(nfqa, {})

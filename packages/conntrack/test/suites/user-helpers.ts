import { NetlinkError } from '@nfkit/netlink-transport'
import type { ConntrackTable, UserHelper } from '../../src/index.ts'

/** Why helpers in user space cannot be tested. */
export const noHelpers = 'kernel: it has no helpers in user space (NF_CT_NETLINK_HELPER)'

/** The helpers in user space there are; `undefined` where the kernel has no such thing. */
export async function helpersOf(ct: ConntrackTable): Promise<UserHelper[] | undefined> {
  try {
    return await ct.helpers.list()
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'EINVAL') return undefined
    throw error
  }
}

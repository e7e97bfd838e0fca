/**
 * The descriptor store of systemd: it keeps sockets while a service is restarted, also when it crashes. A service has it with
 * `FileDescriptorStoreMax=` and `NotifyAccess=main`.
 *
 * @module
 */
import { TransportError } from '@nfkit/netlink-transport'
import { loadBinding } from './binding.ts'

/** The first descriptor that systemd hands over (SD_LISTEN_FDS_START). */
const first = 3

/** A descriptor that the service manager has handed over. */
export interface StoredDescriptor {
  /** What it was stored under; `unknown` where it has no name. */
  readonly name: string
  /** Its number in this process. */
  readonly fd: number
}

/**
 * What the service manager has handed to this process: sockets it has opened, and what was stored before the restart. None where it has
 * handed over nothing, or to another process (LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES). They are the program's: `openMnl` takes one over, and
 * what it does not want it closes.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { storeDescriptor, storedDescriptors } from '@nfkit/mnl-native/systemd'
 *
 * const stored = storedDescriptors().find(({ name }) => name === 'gate')
 * const transport = openMnl({ fd: stored?.fd })
 * if (!stored) storeDescriptor('gate', transport.fd)
 * transport.close()
 */
export function storedDescriptors(environment: NodeJS.ProcessEnv = process.env): readonly StoredDescriptor[] {
  const { LISTEN_PID, LISTEN_FDS = '', LISTEN_FDNAMES } = environment
  if (LISTEN_PID !== String(process.pid) || !/^\d{1,4}$/.test(LISTEN_FDS)) return []
  const names = LISTEN_FDNAMES === undefined || LISTEN_FDNAMES === '' ? [] : LISTEN_FDNAMES.split(':')
  return Array.from({ length: Number(LISTEN_FDS) }, (_, i) => ({ name: names[i] ?? 'unknown', fd: first + i }))
}

/**
 * Have the service manager keep a descriptor (FDSTORE=1): it is handed over again when the service is restarted. Ours stays ours. Returns
 * `false` where there is no service manager to tell. Throws `RangeError` for a name systemd does not take, `TransportError` where it
 * cannot be told.
 */
export function storeDescriptor(name: string, fd: number): boolean {
  return notify(`FDSTORE=1\nFDNAME=${checkedName(name)}`, [fd])
}

/** Have it close what it keeps under a name (FDSTOREREMOVE=1). Returns and throws as `storeDescriptor`. */
export function forgetDescriptor(name: string): boolean {
  return notify(`FDSTOREREMOVE=1\nFDNAME=${checkedName(name)}`)
}

/**
 * Tell the service manager something, `READY=1` say, and hand it descriptors (sd_notify(3)). Returns `false` where there is none: NOTIFY_SOCKET
 * is not set. Throws `TransportError` where it cannot be told.
 */
export function notify(state: string, descriptors: readonly number[] = []): boolean {
  const path = process.env['NOTIFY_SOCKET']
  if (path === undefined || path === '') return false
  const result = loadBinding().notify(path, state, Int32Array.from(descriptors))
  if (result < 0) throw new TransportError('sendmsg', -result)
  return true
}

/** `fdname_is_valid` of systemd: up to 255 printable characters of ASCII, and no colon. */
function checkedName(name: string): string {
  if (/^[ -9;-~]{1,255}$/.test(name)) return name
  throw new RangeError(`name: ${JSON.stringify(name)} is not 1 to 255 printable characters without a colon`)
}

/**
 * Whose packet is it: which socket, user, unit and process of this host. Start with `openSockets`.
 *
 * @module
 */

export type { Destroyed, DestroyedGap, DestroyedOptions, DestroyedSockets } from './destroyed.ts'
export type { SocketConditions } from './filter/filter.ts'
export { type CgroupName, cgroupName } from './host/cgroup-name.ts'
export type { Files } from './host/files.ts'
export { type Holder, socketHolders } from './host/holders.ts'
export { type Program, Programs, type ProgramsOptions } from './host/programs.ts'
export { openSockets } from './open.ts'
export type {
  AmbiguousOwner,
  KnownOwner,
  ListeningOwner,
  OwnedPacket,
  Owner,
  UnknownOwner,
  Unowned,
} from './owner/owner.ts'
export type { SocketInfo, SocketProtocol, SocketState } from './socket.ts'
export type { DestroyOptions, OwnerOptions, SideOptions, SocketTable } from './table.ts'

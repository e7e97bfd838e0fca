import type { Side } from './world.ts'

/** Programs of this machine, and their sockets of TCP and UDP. Ends are `'10.1.0.1:4000'` or `'[fd00::1]:4000'`. What is open after a scenario is closed. */
export interface Programs {
  /** Who runs them, as this machine says it. */
  readonly uid: number
  /** A listener of TCP; one that is bound to `[::]` takes IPv4, too, unless it is `ipv6Only`. */
  listen(local: string, options?: ProgramOptions): Promise<Listener>
  /** A socket of UDP, connected where `remote` is said. Several may have one port. */
  bind(local: string, remote?: string, options?: ProgramOptions): Promise<ProgramSocket>
}

export interface ProgramOptions {
  readonly device?: Side
  readonly mark?: number
  /** A socket of IPv6 takes no IPv4. */
  readonly ipv6Only?: boolean
}

export interface ProgramSocket {
  /** Close it so that nothing of it remains: a connection is reset. */
  close(): Promise<void>
}

export interface Listener extends ProgramSocket {
  /** A program connects to it from one end to the other. */
  connect(local: string, remote: string): Promise<ProgramConnection>
}

/** A connection of TCP, which has two sockets. */
export interface ProgramConnection {
  readonly client: ProgramSocket
  readonly server: ProgramSocket
  /** Both programs close it in order, that of the client first. */
  finish(): Promise<void>
}

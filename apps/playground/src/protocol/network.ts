import { list, object, text } from './shape.ts'

/** An interface of the machine whose rules are tried. */
export interface Interface {
  readonly name: string
  readonly addresses: readonly string[]
}

/** Another machine. */
export interface Host {
  readonly name: string
  readonly address: string
  /** The interface of the machine that the host is behind. */
  readonly via: string
}

/** The machine and what is around it. */
export interface Network {
  readonly interfaces: readonly Interface[]
  readonly hosts: readonly Host[]
}

const name = text(32)
const address = text(64)

export const network = object<Network>({
  interfaces: list(object<Interface>({ name, addresses: list(address, 16) }), 16),
  hosts: list(object<Host>({ name, address, via: name }), 32),
})

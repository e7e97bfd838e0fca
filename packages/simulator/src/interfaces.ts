import { formatAddress, parseAddress, parseHex } from '@nfkit/inet'

/** What a test says of an interface; just a number is its index. */
export interface InterfaceOptions {
  /** Interface number, from 1. */
  readonly index: number
  /** The hardware address frames arrive from, as `02:00:00:00:00:01`; zeros on `lo`. `null` on devices without, such as tun. */
  readonly peerAddress?: string | null | undefined
  /** Largest packet; 1500 by default, 65536 on `lo`. */
  readonly mtu?: number | undefined
  /** The bridge it is a port of. */
  readonly bridge?: string | undefined
  /** Addresses of this machine there. The kernel's own answers about packets that are forwarded come from the first of their family. */
  readonly addresses?: readonly string[] | undefined
}

/** A network interface as it is. */
export interface Interface {
  /** Name: `eth0`. */
  readonly name: string
  /** Interface number, from 1. */
  readonly index: number
  /** Source hardware address of what arrives; `undefined` on devices without. */
  readonly peerAddress: Uint8Array | undefined
  /** Largest packet, in bytes. */
  readonly mtu: number
  /** The bridge it is a port of. */
  readonly bridge: string | undefined
  /** Addresses of this machine there. */
  readonly addresses: readonly string[]
  /** Whether it is up. */
  readonly up: boolean
}

/** The network interfaces of the namespace. */
export class Interfaces {
  readonly #byName = new Map<string, Interface>()

  constructor(described: { readonly [name: string]: number | InterfaceOptions }) {
    for (const [name, options] of Object.entries(described)) this.add(name, options)
  }

  /** Add an interface, or replace the one of this name. Throws `RangeError` for what is no address, or no hardware address. */
  add(name: string, options: number | InterfaceOptions): void {
    const {
      index,
      peerAddress,
      mtu,
      bridge,
      addresses = [],
    } = typeof options === 'number' ? { index: options } : (options as InterfaceOptions)
    const wrong = addresses.find((one) => parseAddress(one) === undefined)
    if (wrong !== undefined) throw new RangeError(`${wrong} is no address`)
    const loopback = name === 'lo'
    this.#byName.set(name, {
      name,
      index,
      peerAddress:
        peerAddress === null
          ? undefined
          : address(
              peerAddress ??
                (loopback ? '00:00:00:00:00:00' : `02:00:00:00:00:${(index & 0xff).toString(16).padStart(2, '0')}`),
            ),
      mtu: mtu ?? (loopback ? 65_536 : 1500),
      bridge,
      addresses,
      up: true,
    })
  }

  /** By name or index. Throws for one that does not exist, with those that do. */
  get(which: string | number): Interface {
    const found = typeof which === 'string' ? this.#byName.get(which) : this.#byIndex(which)
    if (found) return found
    const known = this.list.map(({ name, index }) => `${name} (${index})`).join(', ')
    throw new RangeError(`there is no interface ${which}; this kernel has ${known || 'none'}`)
  }

  #byIndex(index: number): Interface | undefined {
    for (const one of this.#byName.values()) if (one.index === index) return one
    return undefined
  }

  /** Whether an address, as packets have it, is one of this machine. */
  own(address: Uint8Array): boolean {
    const text = formatAddress(address)
    return this.list.some(({ addresses }) => addresses.includes(text))
  }

  get list(): readonly Interface[] {
    return [...this.#byName.values()]
  }

  /** Change an interface; returns it as it is then. Throws `RangeError` for one that does not exist. */
  set(which: string | number, change: Partial<Pick<Interface, 'up' | 'bridge'>>): Interface {
    const changed = { ...this.get(which), ...change }
    this.#byName.set(changed.name, changed)
    return changed
  }

  /** Remove an interface. Throws `RangeError` for one that does not exist. */
  remove(which: string | number): void {
    this.#byName.delete(this.get(which).name)
  }
}

function address(text: string): Uint8Array {
  const bytes = parseHex(text.replaceAll(':', ''))
  if (!bytes) throw new RangeError(`${text} is no hardware address`)
  return bytes
}

import { parseAddress, sameAddress } from '@nfkit/inet'
import type { DeliverOptions } from '@nfkit/simulator'
import type { Network } from '../protocol/network.ts'

type Way = Pick<DeliverOptions, 'hook' | 'indev' | 'outdev' | 'loopback'>

/** Where a packet passes the machine, by who sends it to whom. What is not known is behind the first interface, or beyond the last. */
export function wayOf(network: Network, source: string, destination: string): Way {
  const names = network.interfaces.map(({ name }) => name).filter((name) => name !== 'lo')
  const [first = 'lo', last = first] = [names[0], names.at(-1)]
  const behind = (address: string): string | undefined =>
    network.hosts.find((host) => isSame(host.address, address))?.via
  const [fromHere, toHere] = [isLocal(network, source), isLocal(network, destination)]
  if (fromHere && toHere) return { hook: 'output', loopback: true }
  if (fromHere) return { hook: 'output', outdev: behind(destination) ?? first }
  if (toHere) return { hook: 'input', indev: behind(source) ?? first }
  return { hook: 'forward', indev: behind(source) ?? first, outdev: behind(destination) ?? last }
}

function isLocal({ interfaces }: Network, address: string): boolean {
  if (address.startsWith('127.') || address === '::1') return true
  return interfaces.some(({ addresses }) => addresses.some((one) => isSame(one, address)))
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [parseAddress(a), parseAddress(b)]
  return left !== undefined && right !== undefined && sameAddress(left, right)
}

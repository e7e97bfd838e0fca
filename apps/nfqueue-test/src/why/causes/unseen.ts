import { parseAddress, samePrefix } from '@nfkit/inet'
import { type Cause, cause } from '../cause.ts'
import type { Host } from '../host.ts'
import { otherNamespaces } from '../namespaces.ts'

/** Why no packet came: what can be said of where it goes. */
export function unseen(destination: string | undefined, host: Host, seconds: number): Cause {
  const none = `no such packet came within ${seconds} seconds`
  if (destination === undefined) return nothing(none)
  const down = host.interfaces.find(
    ({ isUp, addresses }) => !isUp && addresses.some(({ address, prefix }) => isNear(destination, address, prefix)),
  )
  if (down)
    return cause(
      'interface down',
      `${none}: the interface ${down.name}, which leads to ${destination}, is down`,
      `ip link set ${down.name} up, here and at its other end`,
    )
  if (!host.isLocal(destination)) {
    const elsewhere = otherNamespaces().find((one) => one.has(destination))
    if (elsewhere)
      return cause(
        'other namespace',
        `${none}: ${destination} is an address of another network namespace (${elsewhere.path})`,
        `ask there: nsenter --net=${elsewhere.path} nfqueue-test why …`,
      )
    const refusal = host.unroutable(destination)
    if (refusal !== undefined)
      return cause(
        'no route',
        `${none}: there is no way to ${destination} (${refusal})`,
        `add a route to ${destination}`,
      )
  }
  return nothing(none)
}

const nothing = (none: string): Cause =>
  cause(
    'nothing seen',
    `${none} at prerouting or output of this network namespace`,
    'is it sent? tcpdump shows what comes before any rule but those at ingress',
  )

function isNear(destination: string, address: string, prefix: number): boolean {
  const [a, b] = [parseAddress(destination), parseAddress(address)]
  return a !== undefined && b !== undefined && a.length === b.length && samePrefix(a, 0, b, 0, prefix)
}

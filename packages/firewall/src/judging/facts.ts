import { protocolName } from '@nfkit/inet'
import type { Packet } from '@nfkit/nfqueue'
import { type FirewallHook, firewallHooks } from '../rules/hooks.ts'
import type { ConnectionDirection, Facts } from './connection.ts'
import type { Identity } from './identity.ts'

const directions: { readonly [hook in FirewallHook]: ConnectionDirection } = {
  input: 'in',
  output: 'out',
  forward: 'through',
}

/** Returns what a packet tells of its connection. */
export function factsOf(packet: Packet, identity: Identity): Facts {
  const { hook, indev, indevName, outdevName, ip } = packet
  const { here, tuple, original, isReply, isNew, isTracked } = identity
  const met = hook as FirewallHook
  const number = ip?.protocol ?? 0
  return {
    direction: directions[isReply ? firewallHooks[met] : met],
    protocol: protocolName(typeof tuple?.protocol === 'number' ? tuple.protocol : number),
    source: tuple?.source,
    destination: tuple?.destination,
    originalDestination: original?.destination ?? tuple?.destination,
    inInterface: isReply ? outdevName : indevName,
    outInterface: isReply ? indevName : outdevName,
    isNew,
    isTracked,
    tuple,
    original,
    owned: { hook, tuple: here, indev, ip: ip && { protocol: number } },
  }
}

import { formatEnd, type Tuple } from '@nfkit/inet'
import type { Packet } from '@nfkit/nfqueue'
import { type FirewallHook, firewallHooks } from '../rules/hooks.ts'

/** Between whom, and along which way, questions go and their answers come back. */
export interface Way {
  /** The same for a question and its answers: the answer comes in where the question went out, and has its ends. Opaque, compare only. */
  readonly exchange: string
  /** Who asks. */
  readonly client: string
  /** Who is asked. */
  readonly server: string
}

/** Returns the way of a packet of DNS; `undefined` of one without ports. */
export function wayOf({ hook, indev = 0, outdev = 0, tuple }: Packet, isAnswer: boolean): Way | undefined {
  if (tuple === undefined) return undefined
  const met = hook as FirewallHook
  const [at, from, to] = isAnswer ? [firewallHooks[met], outdev, indev] : [met, indev, outdev]
  const { source, destination } = tuple
  const [client, server] = isAnswer ? [destination, source] : [source, destination]
  return {
    exchange: `${at} ${from} ${to} ${tuple.protocol} ${formatEnd(client)} ${formatEnd(server)}`,
    client: client.address,
    server: server.address,
  }
}

/** Whether a packet with these ends comes from a server of DNS. */
export const comesFromServer = ({ source, destination }: Tuple): boolean =>
  source.port === 53 && destination.port !== 53

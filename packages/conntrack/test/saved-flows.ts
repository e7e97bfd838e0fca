import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { NewFlow, ZonedTuple } from '../src/index.ts'

/** One of everything a saved line tells: `plainly` where the tool's own line suffices to make the flow again. */
export interface SavedFlow {
  readonly what: string
  readonly flow: NewFlow
  readonly plainly: boolean
}

const hosts = {
  ipv4: ['192.0.2.1', '198.51.100.2', '203.0.113.9', '203.0.113.2'],
  ipv6: ['2001:db8::1', '2001:db8:0:1::2', '2001:db8::9', '2001:db8::8'],
} as const
type Translation = readonly [
  what: string,
  nat: (of: readonly string[], port: number) => NewFlow['nat'],
  plainly: boolean,
]
const translations: readonly Translation[] = [
  ['no translation', () => undefined, true],
  ['another source', ([, , to]) => ({ source: { address: to } }), true],
  ['another source and port', ([, , to], port) => ({ source: { address: to, port } }), true],
  ['another source port', ([from], port) => ({ source: { address: from, port } }), false],
  ['another destination', ([, , , to]) => ({ destination: { address: to } }), true],
  ['another destination and port', ([, , , to], port) => ({ destination: { address: to, port } }), true],
  ['another destination port', ([, to], port) => ({ destination: { address: to, port } }), false],
  ['both', ([, , a, b]) => ({ source: { address: a }, destination: { address: b } }), true],
  [
    'both with ports',
    ([, , a, b], port) => ({ source: { address: a, port }, destination: { address: b, port } }),
    false,
  ],
]
const zones: readonly (readonly [string, NewFlow['zone']])[] = [
  ['', undefined],
  [', zone 7', 7],
  [', zone 7 of the original direction', { original: 7 }],
  [', zone 7 of the reply direction', { reply: 7 }],
]
const states: readonly (readonly [string, Partial<NewFlow>])[] = [
  ['', {}],
  [', marked', { mark: 0xffff_fff0 }],
  [', seen both ways', { status: ['seenReply'] }],
  [', assured and marked', { status: ['seenReply', 'assured'], mark: 9 }],
]

const base = (family: 'ipv4' | 'ipv6', protocol: 'tcp' | 'udp', port: number): ZonedTuple => ({
  protocol,
  source: { address: hosts[family][0], port },
  destination: { address: hosts[family][1], port: 80 },
})

/** Every combination. */
export function savedFlows(): SavedFlow[] {
  const all: SavedFlow[] = []
  let port = 1024
  for (const family of ['ipv4', 'ipv6'] as const)
    for (const protocol of ['tcp', 'udp'] as const)
      for (const [translated, nat, plainly] of translations)
        for (const [zoned, zone] of zones)
          for (const [stated, more] of states) {
            const state = protocol === 'tcp' ? ({ tcp: { state: 'established' } } as const) : {}
            const original = base(family, protocol, port++)
            const flow = {
              original,
              timeoutSeconds: 600,
              nat: nat(hosts[family], 20_000 + port),
              zone,
              ...state,
              ...more,
            }
            all.push({ what: `${protocol} over ${family}, ${translated}${zoned}${stated}`, flow, plainly })
          }
  const echo = { type: 8, code: 0, id: 77 }
  const ping = {
    protocol: 'icmp',
    source: { address: hosts.ipv4[0] },
    destination: { address: hosts.ipv4[1] },
    icmp: echo,
  } as const
  const moved = { source: { address: hosts.ipv4[2], port: 99 } }
  all.push({
    what: 'a ping whose source is another',
    flow: { original: ping, timeoutSeconds: 600, nat: { source: { address: hosts.ipv4[2] } } },
    plainly: true,
  })
  all.push({
    what: 'a ping with another id',
    flow: { original: { ...ping, icmp: { ...echo, id: 78 } }, timeoutSeconds: 600, nat: moved },
    plainly: false,
  })
  return all
}

/** All a saved line is to keep. */
export const kept = (flow: Flow): string =>
  JSON.stringify([flow.original, flow.reply, flow.zone, flow.mark, flow.statusNames, flow.tcpState])

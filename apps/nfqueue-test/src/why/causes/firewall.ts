import type { FirewallRuling, ListedFirewall } from '@nfkit/firewall'
import { type Cause, cause, type Evidence } from '../cause.ts'

/** What firewalls of @nfkit/firewall did with the packet, in words: one cause for each that it came to. */
export function ruled({ firewalls, path }: Evidence): readonly Cause[] {
  return firewalls.flatMap((firewall) => {
    const ruling = firewall.rulingOf(path.steps)
    return ruling === undefined ? [] : [said(firewall, ruling)]
  })
}

const again = 'have its program call reconsider(): its connections are judged again then'

const past = { accept: 'accepted', drop: 'dropped', reject: 'rejected' }
const forgotten = { accept: '', drop: '130 seconds', reject: '10 seconds' }

const lists = {
  blocked: ['blocks an address of it', 'unlist(address) takes it from the list'],
  allowed: ['allows an address of it, and asks no judge', 'unlist(address) takes it from the list'],
} as const

const passing = {
  loopback: ['passes what this host says to itself', "loopback: 'judge' has that judged, too"],
  related: ['passes it as an error about a connection, or a reset', 'without these no refusal reaches who asked'],
  link: ['passes it as neighbour discovery, a multicast report or DHCP', 'without these the link does not work'],
} as const

function said({ name, epoch }: ListedFirewall, ruling: FirewallRuling): Cause {
  const who = `the firewall ${name}`
  switch (ruling.kind) {
    case 'held': {
      const { verdict, by } = ruling
      if (by === 'mark')
        return cause(
          'firewall',
          `${who} holds this connection's verdict: ${verdict}, epoch ${epoch ?? 'unknown'}`,
          again,
        )
      return cause(
        'firewall',
        `${who} remembers that this connection was ${past[verdict]} before it was made`,
        `that is forgotten ${forgotten[verdict]} after it was last judged, or by reconsider()`,
      )
    }
    case 'judged':
      return cause('firewall', `the judge of ${who} has said just now: ${ruling.verdict}`, 'ask its program why')
    case 'asked':
      return cause('firewall', `${who} has sent it to its judge`, 'it goes on when the judge has answered')
    case 'listed':
      return cause('firewall', `${who} ${lists[ruling.list][0]}`, lists[ruling.list][1])
    case 'passing':
      return cause('firewall', `${who} ${passing[ruling.as][0]}`, passing[ruling.as][1])
    case 'unmatched':
      return cause('firewall', `${who} does not judge it: it meets none of its conditions`, 'widen match, or hooks')
    default:
      return ruling satisfies never
  }
}

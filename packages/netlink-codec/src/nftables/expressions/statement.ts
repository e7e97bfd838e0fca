/** Expressions that do something with the packet. */

import { family } from '../../nfnetlink/constants.ts'
import { attr, table } from '../../schema/table.ts'
import { be16, be32, bits, bytes, text, u8, word } from '../../schema/type.ts'
import { nftName, objectType } from '../data.ts'
import { nftFlags } from '../flags.ts'

export const log = table('NFTA_LOG', '3.13', 'Logs the packet.', {
  group: attr(1, be16, 'log group, which a program reads'),
  prefix: attr(2, text(127), 'text in front of it'),
  snaplen: attr(3, be32, 'bytes to copy to the group; all when 0'),
  qthreshold: attr(4, be16, 'packets the group may hold back'),
  level: attr(
    5,
    word(be32, { emerg: 0, alert: 1, crit: 2, err: 3, warning: 4, notice: 5, info: 6, debug: 7, audit: 8 }),
    'level in the log of the kernel, in place of a group',
    { since: '3.15' },
  ),
  flags: attr(6, bits(be32, nftFlags.log), 'what the log of the kernel tells besides', { since: '3.17' }),
})

export const reject = table('NFTA_REJECT', '3.14', 'Answers that the packet is refused, and drops it.', {
  type: attr(1, word(be32, { icmpUnreach: 0, tcpRst: 1, icmpxUnreach: 2 }), 'how'),
  icmpCode: attr(2, u8, 'code of ICMP; of `icmpxUnreach` 0 no route, 1 port, 2 host, 3 prohibited, of both families'),
})

export const queue = table('NFTA_QUEUE', '3.14', 'Hands the packet to a program.', {
  num: attr(1, be16, 'first queue'),
  total: attr(2, be16, 'number of queues'),
  flags: attr(3, bits(be16, nftFlags.queue), 'accept when nobody reads the queue; queue by processor'),
  sregQnum: attr(4, be32, 'register with the queue', { since: '4.10' }),
})

export const notrack = table('NFTA_NOTRACK', '4.9', 'Leaves the packet out of connection tracking.', {})

export const nat = table('NFTA_NAT', '3.13', 'Translates an address or a port of the connection.', {
  type: attr(1, word(be32, { snat: 0, dnat: 1 }), 'of the source or the destination'),
  family: attr(2, word(be32, family), 'family of the address'),
  regAddrMin: attr(3, be32, 'register with the lowest address'),
  regAddrMax: attr(4, be32, 'register with the highest address'),
  regProtoMin: attr(5, be32, 'register with the lowest port'),
  regProtoMax: attr(6, be32, 'register with the highest port'),
  flags: attr(7, bits(be32, nftFlags.nat), 'how they are chosen', { since: '3.18' }),
})

export const masq = table('NFTA_MASQ', '3.18', 'Translates the source to the address of the output interface.', {
  flags: attr(1, bits(be32, nftFlags.nat), 'how ports are chosen'),
  regProtoMin: attr(2, be32, 'register with the lowest port', { since: '4.6' }),
  regProtoMax: attr(3, be32, 'register with the highest port', { since: '4.6' }),
})

export const redir = table('NFTA_REDIR', '3.19', 'Translates the destination to this machine.', {
  regProtoMin: attr(1, be32, 'register with the lowest port'),
  regProtoMax: attr(2, be32, 'register with the highest port'),
  flags: attr(3, bits(be32, nftFlags.nat), 'how ports are chosen'),
})

export const tproxy = table('NFTA_TPROXY', '4.19', 'Hands the packet to a local socket without a change of it.', {
  family: attr(1, word(be32, family), 'family of the address'),
  regAddr: attr(2, be32, 'register with the address of the socket'),
  regPort: attr(3, be32, 'register with its port'),
})

export const dup = table('NFTA_DUP', '4.3', 'Sends a copy of the packet elsewhere.', {
  sregAddr: attr(1, be32, 'register with the address of the next hop'),
  sregDev: attr(2, be32, 'register with the index of the interface'),
})

export const fwd = table('NFTA_FWD', '4.7', 'Sends the packet out of another interface.', {
  sregDev: attr(1, be32, 'register with the index of the interface'),
  sregAddr: attr(2, be32, 'register with the address of the next hop', { since: '4.16' }),
  nfproto: attr(3, word(be32, family), 'family of that address', { since: '4.16' }),
})

export const flowOffload = table('NFTA_FLOW', '4.16', 'Adds the connection to a flowtable.', {
  tableName: attr(1, nftName, 'name of the flowtable'),
})

export const synproxy = table('NFTA_SYNPROXY', '5.3', 'Answers the handshake of TCP in place of the server.', {
  mss: attr(1, be16, 'largest segment'),
  wscale: attr(2, u8, 'window scale'),
  flags: attr(3, bits(be32, nftFlags.synproxy), 'options to offer'),
})

export const objref = table('NFTA_OBJREF', '4.10', 'Does what an object does.', {
  immType: attr(1, word(be32, objectType), 'type of the object'),
  immName: attr(2, nftName, 'its name'),
  setSreg: attr(3, be32, 'of a map of objects: register to look up'),
  setName: attr(4, nftName, 'of a map of objects: its name'),
  setId: attr(5, be32, 'the map by its id in the transaction'),
})

export const target = table('NFTA_TARGET', '3.13', 'Does what a target of iptables does.', {
  name: attr(1, text(31), 'name of the target: NFQUEUE'),
  rev: attr(2, be32, 'its revision'),
  info: attr(3, bytes(), 'its options: a struct of the C header of the target, in host order'),
})

export const match = table('NFTA_MATCH', '3.13', 'Goes on when a match of iptables does.', {
  name: attr(1, text(31), 'name of the match: conntrack'),
  rev: attr(2, be32, 'its revision'),
  info: attr(3, bytes(), 'its options: a struct of the C header of the match, in host order'),
})

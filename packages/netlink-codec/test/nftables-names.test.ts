import { describe, expect, test } from 'vitest'
import type { Names } from '../src/index.ts'
import { kernelName } from '../src/index.ts'
import { expressionData, nftChain, nftFlags, nftSet, nftTrace, objectType } from '../src/nftables.ts'
import { type Constants, headersInstalled, readHeader } from './c-header.ts'

const { ct, exthdr, fib, hash, limit, log, meta, nat, numgen, payload, reject, rt, socket, tunnel, xfrm } =
  expressionData
const { bitwise, byteorder, cmp, dynset, range } = expressionData

/** Our names, the prefix of the header's, what it has there that is none of them, and what we have that it may lack. */
const words: readonly [Names, string, RegExp, readonly string[]][] = [
  [meta.rows.key.type.names, 'NFT_META_', /^IFTYPE$/, ['BRI_BROUTE']],
  [ct.rows.key.type.names, 'NFT_CT_', /^MAX$/, []],
  [payload.rows.base.type.names, 'NFT_PAYLOAD_', /CSUM/, ['TUN_HEADER']],
  [payload.rows.csumType.type.names, 'NFT_PAYLOAD_CSUM_', /^$/, []],
  [exthdr.rows.op.type.names, 'NFT_EXTHDR_OP_', /^MAX$/, []],
  [cmp.rows.op.type.names, 'NFT_CMP_', /^$/, []],
  [range.rows.op.type.names, 'NFT_RANGE_', /^$/, []],
  // BOOL is another name of MASK_XOR.
  [bitwise.rows.op.type.names, 'NFT_BITWISE_', /^BOOL$/, ['AND', 'OR', 'XOR']],
  [byteorder.rows.op.type.names, 'NFT_BYTEORDER_', /^$/, []],
  [dynset.rows.op.type.names, 'NFT_DYNSET_OP_', /^$/, []],
  [fib.rows.result.type.names, 'NFT_FIB_RESULT_', /^MAX$/, []],
  [rt.rows.key.type.names, 'NFT_RT_', /^MAX$/, []],
  [socket.rows.key.type.names, 'NFT_SOCKET_', /^MAX$/, []],
  [numgen.rows.type.type.names, 'NFT_NG_', /^MAX$/, []],
  [hash.rows.type.type.names, 'NFT_HASH_', /^$/, []],
  [tunnel.rows.key.type.names, 'NFT_TUNNEL_', /^(F_|MODE_|MAX)/, []],
  [tunnel.rows.mode.type.names, 'NFT_TUNNEL_MODE_', /^MAX$/, []],
  [xfrm.rows.key.type.names, 'NFT_XFRM_KEY_', /^MAX$/, []],
  [limit.rows.type.type.names, 'NFT_LIMIT_', /^F_/, []],
  [log.rows.level.type.names, 'NFT_LOGLEVEL_', /^MAX$/, []],
  // These are codes of ICMP.
  [reject.rows.type.type.names, 'NFT_REJECT_', /^ICMPX_(?!UNREACH$)/, []],
  [nat.rows.type.type.names, 'NFT_NAT_', /^$/, []],
  [nftTrace.rows.type.type.names, 'NFT_TRACETYPE_', /^MAX$/, []],
  [nftSet.rows.policy.type.names, 'NFT_SET_POL_', /^$/, []],
  [objectType, 'NFT_OBJECT_', /^(UNSPEC|MAX)$/, []],
  [nftFlags.table, 'NFT_TABLE_F_', /^MASK$/, ['PERSIST']],
  [nftFlags.chain, 'NFT_CHAIN_', /^(FLAGS|MAXNAMELEN)$/, []],
  [nftFlags.compat, 'NFT_RULE_COMPAT_F_', /^MASK$/, []],
  [nftFlags.set, 'NFT_SET_', /^(POL_|ELEM_|MAXNAMELEN)/, []],
  [nftFlags.element, 'NFT_SET_ELEM_', /^$/, []],
  [nftFlags.flowtable, 'NFT_FLOWTABLE_', /^MASK$/, []],
  [nftFlags.lookup, 'NFT_LOOKUP_F_', /^$/, []],
  [nftFlags.dynset, 'NFT_DYNSET_F_', /^$/, []],
  [nftFlags.payload, 'NFT_PAYLOAD_L4CSUM_', /^$/, []],
  [nftFlags.exthdr, 'NFT_EXTHDR_F_', /^$/, []],
  [nftFlags.fib, 'NFTA_FIB_F_', /^$/, []],
  [nftFlags.limit, 'NFT_LIMIT_F_', /^$/, []],
  [nftFlags.connlimit, 'NFT_CONNLIMIT_F_', /^$/, []],
  [nftFlags.quota, 'NFT_QUOTA_F_', /^$/, []],
  [nftFlags.queue, 'NFT_QUEUE_FLAG_', /^MASK$/, []],
  [nftFlags.osf, 'NFT_OSF_F_', /^$/, []],
  [nftFlags.tunnel, 'NFT_TUNNEL_F_', /^MASK$/, []],
  [nftFlags.log, 'NF_LOG_', /^(DEFAULT_MASK|MASK|PREFIXLEN)$/, []],
  // These two are unions of the others.
  [nftFlags.nat, 'NF_NAT_RANGE_', /^(PROTO_RANDOM_ALL|MASK)$/, []],
  [nftFlags.synproxy, 'NF_SYNPROXY_OPT_', /^$/, []],
]

describe.skipIf(!headersInstalled)('words and bits against the kernel headers of this machine', () => {
  const files = ['nf_tables.h', 'nf_log.h', 'nf_nat.h', 'nf_synproxy.h']
  const all: Constants = headersInstalled
    ? Object.assign({}, ...files.flatMap((file) => readHeader(`linux/netfilter/${file}`)))
    : {}
  const fold = (name: string) => name.replaceAll('_', '')

  test.each(words.map(([names, prefix, ...rest]) => [prefix, names, ...rest] as const))(
    '%s',
    (prefix, names, others, younger) => {
      const theirs = Object.entries(all)
        .filter(([name]) => name.startsWith(prefix) && !others.test(name.slice(prefix.length)))
        .map(([name, value]) => [fold(name.slice(prefix.length)), value] as const)
      const had = new Set(theirs.map(([name]) => name))
      const ours = Object.entries(names)
        .map(([key, value]) => [fold(kernelName('', key)), value] as const)
        .filter(([name]) => had.has(name) || !younger.map(fold).includes(name))
      expect(theirs.length).toBeGreaterThan(0)
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs))
    },
  )
})

test('a policy and a verdict are NF_DROP and NF_ACCEPT', () => {
  expect(nftChain.rows.policy.type.names).toEqual({ drop: 0, accept: 1 })
})

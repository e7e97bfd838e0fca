import type { Advice } from '@nfkit/netlink-transport'

/** What an errno means here, and what to do: one table per request. */

const family = 'tuples are IPv4 or IPv6, and this kernel tracks only the families its modules know'

export const openAdvice: Advice = {
  EINVAL: 'this kernel has no ctnetlink: load the module nf_conntrack_netlink',
  EOPNOTSUPP: 'this kernel has no ctnetlink: load the module nf_conntrack_netlink',
}

export const getAdvice: Advice = {
  EINVAL:
    'the tuple is incomplete: ICMP types that start no exchange, and protocols without their ports, cannot be looked up',
  EOPNOTSUPP: family,
  ENOBUFS: 'the answer did not fit into the receive buffer: enlarge it',
}

export const dumpAdvice: Advice = {
  EOPNOTSUPP: 'this kernel lacks the filter or the list that was asked for',
  EBUSY: 'another dump runs on this socket',
}

export const createAdvice: Advice = {
  EEXIST: 'the original or the reply tuple belongs to an entry already: update that one, or delete it first',
  ENOENT: 'there is no entry that `master` names: create it first',
  EINVAL:
    'a tuple, the timeout or the protocol state is not acceptable: both directions must have one protocol, SCTP needs state and both tags',
  EBUSY: 'a new entry cannot have the status `expected` or `dying`',
  ERANGE: 'a TCP state above 9, a window scale above 14, or a name that is too long',
  EOPNOTSUPP: 'there is no helper of that name, or the family is not tracked: load the module nf_conntrack_<helper>',
  ENOMEM:
    'the table is full (net.netfilter.nf_conntrack_max), the address translation found no free tuple, or memory is short',
  ENOSPC:
    'labels need a rule that uses them (`ct label` in nftables, `connlabel` in iptables) before the entry exists; or a hash chain is too long',
}

export const updateAdvice: Advice = {
  ENOENT: 'there is no such entry: it expired or was deleted, or is in another zone',
  EBUSY:
    "the status is not the user's to change (bits can only be set, never `expected`, `confirmed`, `dying`), or the connection has another helper, or was itself expected by one",
  EPERM: 'the timeout is fixed (status `fixedTimeout`); or the program lacks CAP_NET_ADMIN',
  ETIME: 'the entry is dying: its timeout cannot change any more',
  EOPNOTSUPP:
    'there is no helper of that name (load the module nf_conntrack_<helper>), or the entry was made without room for one; address translation and master are settled on creation',
  ENOSPC:
    'the entry has no room for labels: it was made before any rule used them (`ct label` in nftables, `connlabel` in iptables)',
  EINVAL: 'SCTP needs state and both tags; labels come in multiples of 32 bits',
  ERANGE: 'a TCP state above 9, a window scale above 14, or a name that is too long',
}

export const deleteAdvice: Advice = {
  ENOENT:
    'there is no such entry: it expired or was deleted, is in another zone, or its tuple belongs to a newer connection',
  EINVAL: getAdvice['EINVAL']!,
  EOPNOTSUPP: family,
}

export const flushAdvice: Advice = {
  EOPNOTSUPP: 'this kernel cannot flush by this filter',
}

export const expectAdvice: Advice = {
  ENOENT: 'there is no such expectation, or no connection that `master` names',
  EINVAL:
    'an expectation needs tuple, mask and master, a class its helper has, and a known function (`nat-follow-master` needs the module nf_nat)',
  EOPNOTSUPP: 'the master connection has no helper, so that nothing can be expected on its behalf',
  EBUSY: 'another expectation covers the same connections',
  EALREADY: 'the same tuple is expected by another connection or class',
  EMFILE: 'there are too many expectations (net.netfilter.nf_conntrack_expect_max)',
  EEXIST: 'the expectation exists already',
}

export const timeoutAdvice: Advice = {
  ENOENT: 'there is no timeout policy of that name',
  EEXIST: 'a timeout policy of that name exists already',
  EBUSY: 'a rule uses the timeout policy, or one of that name exists: replace it explicitly',
  EINVAL:
    'the policy is incomplete, exists for other protocols, or the kernel has no timeout policies (module nfnetlink_cttimeout)',
  EOPNOTSUPP: 'this kernel has no timeouts for that protocol',
}

export const helperAdvice: Advice = {
  ENOENT: 'there is no helper in user space of that name and protocol',
  EEXIST: 'a helper of that name and protocol exists already',
  EBUSY: 'connections use the helper, or its private data cannot change size',
  EINVAL: 'the helper is incomplete, or the kernel has no helpers in user space (module nfnetlink_cthelper)',
  ENOMEM: 'the private data is larger than the kernel keeps',
  EPERM: 'helpers in user space need CAP_NET_ADMIN in the initial user namespace',
}

/** Helpers in user space (include/uapi/linux/netfilter/nfnetlink_cthelper.h, net/netfilter/nfnetlink_cthelper.c). */

import { ipProtocol } from '@nfkit/inet'
import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be16, be32, named, nest, text, u8 } from '../schema/type.ts'

/** Which connections a helper follows. */
export const helperTuple = table('NFCTH_TUPLE', '3.6', 'Which connections a helper follows.', {
  l3protonum: attr(1, be16, 'family'),
  l4protonum: attr(2, named(u8, ipProtocol), 'layer-4 protocol number'),
})
/** What `helperTuple` decodes to. */
export interface HelperTuple extends Infer<typeof helperTuple> {}

/** What one class of expectations may do. */
export const helperPolicy = table('NFCTH_POLICY', '3.6', 'What one class of expectations may do.', {
  name: attr(1, text(15), 'name of the class'),
  expectMax: attr(2, be32, 'expectations a connection may have at once'),
  expectTimeout: attr(3, be32, 'seconds an expectation lives'),
})
/** What `helperPolicy` decodes to. */
export interface HelperPolicy extends Infer<typeof helperPolicy> {}

/** A helper's classes of expectations: at most four. */
export const helperPolicySet = table('NFCTH_POLICY_SET', '3.6', "A helper's classes of expectations: at most four.", {
  setNum: attr(1, be32, 'how many classes follow', { name: 'NFCTH_POLICY_SET_NUM' }),
  set1: attr(2, nest<HelperPolicy>(helperPolicy), 'first class', { name: 'NFCTH_POLICY_SET1' }),
  set2: attr(3, nest<HelperPolicy>(helperPolicy), 'second class', { name: 'NFCTH_POLICY_SET2' }),
  set3: attr(4, nest<HelperPolicy>(helperPolicy), 'third class', { name: 'NFCTH_POLICY_SET3' }),
  set4: attr(5, nest<HelperPolicy>(helperPolicy), 'fourth class', { name: 'NFCTH_POLICY_SET4' }),
})
/** What `helperPolicySet` decodes to. */
export interface HelperPolicySet extends Infer<typeof helperPolicySet> {}

/** `NFCTH_*`: a helper in user space. */
export const helper = table('NFCTH', '3.6', 'A helper in user space.', {
  name: attr(1, text(15), 'name'),
  tuple: attr(2, nest<HelperTuple>(helperTuple), 'which connections it follows'),
  queueNum: attr(3, be32, 'queue that gets their packets'),
  policy: attr(4, nest<HelperPolicySet>(helperPolicySet), 'its classes of expectations'),
  privDataLen: attr(5, be32, 'bytes of private data each connection has'),
  status: attr(6, named(be32, { disabled: 0, enabled: 1 }), 'whether it is in use'),
})
/** What `helper` decodes to. */
export interface Helper extends Infer<typeof helper> {}

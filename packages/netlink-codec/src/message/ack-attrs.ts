/** What netlink itself answers (include/uapi/linux/netlink.h). All numbers here are in host order. */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { bytes, nest, text, u32, u64 } from '../schema/type.ts'

/** `NL_POLICY_TYPE_ATTR_*`: what the kernel would have accepted (include/uapi/linux/netlink.h). Host order. */
export const policyAttrs = table(
  'NL_POLICY_TYPE_ATTR',
  '5.8',
  'What the kernel would have accepted. Host order.',
  {
    type: attr(1, u32, 'kind of attribute'),
    minValueS: attr(2, u64, 'smallest signed value'),
    maxValueS: attr(3, u64, 'largest signed value'),
    minValueU: attr(4, u64, 'smallest unsigned value'),
    maxValueU: attr(5, u64, 'largest unsigned value'),
    minLength: attr(6, u32, 'fewest bytes'),
    maxLength: attr(7, u32, 'most bytes'),
    policyIdx: attr(8, u32, 'nested policy'),
    policyMaxtype: attr(9, u32, 'largest id of the nested policy'),
    bitfield32Mask: attr(10, u32, 'bits of a bit field'),
    mask: attr(12, u64, 'bits that may be set', { since: '5.10' }),
  },
  { pad: 11 },
)
/** What `policyAttrs` decodes to. */
export interface PolicyAttrs extends Infer<typeof policyAttrs> {}

/** `NLMSGERR_ATTR_*`: the extended acknowledgement (include/uapi/linux/netlink.h). Host order. */
export const ackAttrs = table('NLMSGERR_ATTR', '4.12', 'Extended acknowledgement. Host order.', {
  msg: attr(1, text(), 'a sentence'),
  offs: attr(2, u32, 'where in the request the offending attribute starts'),
  cookie: attr(3, bytes(), 'opaque, of the subsystem'),
  policy: attr(4, nest<PolicyAttrs>(policyAttrs), 'what would have been accepted', { since: '5.10' }),
  missType: attr(5, u32, 'id of a missing attribute', { since: '6.1' }),
  missNest: attr(6, u32, 'where in the request the nest is that lacks it', { since: '6.1' }),
})
/** What `ackAttrs` decodes to. */
export interface AckAttrs extends Infer<typeof ackAttrs> {}

/** `NF_IP_PRI_*`: where in the order of one hook point things happen (include/uapi/linux/netfilter_ipv4.h). */
export const hookPriority = {
  raw: -300,
  defragmentation: -400,
  conntrack: -200,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
  helper: 300,
  confirm: 0x7fff_ffff,
} as const

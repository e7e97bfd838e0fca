/** What can change about a connection: bits of one event (enum ip_conntrack_events). */
export const change = {
  new: 0x001,
  related: 0x002,
  destroy: 0x004,
  reply: 0x008,
  assured: 0x010,
  protoinfo: 0x020,
  helper: 0x040,
  mark: 0x080,
  seqadj: 0x100,
  label: 0x400,
  synproxy: 0x800,
} as const

/** Types of the blocks that are read or written here; all others are skipped. */
export const block = {
  section: 0x0a0d0d0a,
  interface: 1,
  /** Obsolete, still found in old files. */
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const

/** First 32 bits of a section's body, as its writer's machine reads them. */
export const byteOrderMagic = 0x1a2b3c4d

/** Type, both lengths. */
export const shortestBlock = 12

/** Types of the options that are read or written here. */
export const option = {
  end: 0,
  comment: 1,
  /** In an interface description. */
  ifName: 2,
  ifDescription: 3,
  ifTimeResolution: 9,
  ifTimeOffset: 14,
  /** In a packet: bits 0 and 1 are the direction. */
  packetFlags: 2,
  /** In a section header. */
  application: 4,
} as const

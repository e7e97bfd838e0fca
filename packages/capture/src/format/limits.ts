/** How much of a capture its reader keeps or looks through. Beyond a limit: `CaptureError`. */
export const limits = {
  /** Bytes of a record or block. */
  record: 16 * 1024 * 1024,
  /** Interfaces, over all sections of a file, and those a replay adds to a kernel. */
  interfaces: 65_536,
  /** Bytes of the names and descriptions of all interfaces together. */
  interfaceText: 4 * 1024 * 1024,
  /** Options of a block. */
  options: 65_536,
  /** Bytes of a record's comments together. */
  comments: 1024 * 1024,
} as const

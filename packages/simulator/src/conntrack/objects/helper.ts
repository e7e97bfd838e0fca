/** One class of expectations a helper makes. */
export interface ExpectationClass {
  readonly name: string
  /** Expectations one connection may have at once. */
  readonly max: number
  readonly timeoutSeconds: number
}

/** What follows connections of one application protocol, in the kernel or in user space. */
export interface Helper {
  readonly name: string
  /** 2, 10, or both. */
  readonly families: readonly number[]
  /** Layer-4 protocol number. */
  readonly protocol: number
  readonly classes: readonly ExpectationClass[]
  /** Functions expectations may name in CTA_EXPECT_FN. */
  readonly functions: readonly string[]
  /** Of user space: the queue its packets go to, and the bytes of private data a connection has. */
  readonly queue: number | undefined
  readonly privateLength: number
  readonly enabled: boolean
}

const one = (name: string, protocol: number, max: number, timeoutSeconds: number): Helper => ({
  name,
  families: [2, 10],
  protocol,
  classes: [{ name, max, timeoutSeconds }],
  functions: ['nat-follow-master'],
  queue: undefined,
  privateLength: 0,
  enabled: true,
})

/** Helpers of the kernel's own that are found by name, as their modules load by themselves. */
export const kernelHelpers: readonly Helper[] = [
  one('ftp', 6, 1, 300),
  one('irc', 6, 8, 300),
  one('sane', 6, 1, 300),
  one('tftp', 17, 1, 300),
  one('amanda', 17, 4, 180),
]

/** What the suite needs of a test runner. `node:test`, vitest and jest each have all four; the suite imports none of them. */
export interface Runner {
  /** Group tests under a name. */
  describe(name: string, claims: () => void): unknown
  /** Define a test. */
  test(name: string, body: (...context: unknown[]) => void | Promise<void>): unknown
  /** Run before each test of the group. */
  beforeEach(hook: () => Promise<void>): unknown
  /** Run after each test of the group. */
  afterEach(hook: () => void): unknown
}

/** States what every transport does, and how that shows. `skip`, called in the body, says why it cannot show here. */
export type Claim = (name: string, body: (skip: (reason: string) => void) => void | Promise<void>) => void

/** Claims as tests of a runner. One that has no way to skip has the test pass. */
export const claimsOf =
  ({ test }: Runner): Claim =>
  (name, body) => {
    test(name, (...context) => body((reason) => skip(context[0], reason)))
  }

function skip(context: unknown, reason: string): void {
  ;(context as { skip?: (reason: string) => void } | undefined)?.skip?.(reason)
}

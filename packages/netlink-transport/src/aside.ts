/**
 * What code that is not ours throws, where no event tells it: the error is uncaught, as any mistake of a program, but it surfaces away from
 * what is under way, so that the next message is delivered and the next packet gets its verdict all the same.
 */
export function throwAside(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

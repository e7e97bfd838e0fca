/**
 * Where what user code throws goes when no event tells it: the error is uncaught, as any mistake of a program, but it surfaces away from
 * the datagrams, so that the next one is delivered all the same.
 *
 * @example
 * import { throwAside } from '@nfkit/netlink-transport'
 *
 * export function tell(listener: () => void): void {
 *   try {
 *     listener()
 *   } catch (error) {
 *     throwAside(error)
 *   }
 * }
 */
export function throwAside(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

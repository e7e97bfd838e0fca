/**
 * Code that is not ours (handlers, listeners, observers, flow sources, the `then` of what they return) is called inside `try`, each
 * in one place: handlers by `Consumer`, flow sources by `FlowJoin` and `Connmarks`, listeners by `Listeners`, observers by `Observers`.
 * What it throws is told where there is an event for it. For the rest there is this: the error is uncaught, as any mistake of a
 * program, but it surfaces away from the packets, so that the next one gets its verdict all the same.
 */
export function throwAside(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}

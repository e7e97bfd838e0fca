/** The items that come until a signal aborts; the next one is then no longer waited for. */
export function untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => iteratorUntil(items[Symbol.asyncIterator](), signal) }
}

const end: IteratorReturnResult<undefined> = { done: true, value: undefined }

function iteratorUntil<T>(iterator: AsyncIterator<T>, signal: AbortSignal): AsyncIterator<T> {
  // Of the item that is waited for: one at a time.
  let resolve: (result: IteratorResult<T>) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const got = (result: IteratorResult<T>) => resolve(result)
  const failed = (reason: unknown) => reject(reason)
  signal.addEventListener('abort', () => resolve(end), { once: true })
  const wait = (onResult: typeof resolve, onFailure: typeof reject) => {
    resolve = onResult
    reject = onFailure
    if (signal.aborted) resolve(end)
    else iterator.next().then(got, failed)
  }
  return {
    next: () => new Promise(wait),
    async return() {
      return end
    },
  }
}

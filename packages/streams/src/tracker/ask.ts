import type { TcpConnection } from '../connection/connection.ts'
import type { Judge, Judged } from './options.ts'

/** Ask the program about a connection. What it throws leaves the connection to the queue, and is told with the next packet. */
export function ask(judge: Judge, connection: TcpConnection): void {
  connection.isOpen = true
  try {
    const said = judge(connection)
    if (isThenable(said)) {
      Promise.resolve(said).then(
        (judged) => settle(connection, judged),
        (error: unknown) => fail(connection, error),
      )
    } else {
      settle(connection, said)
    }
  } catch (error) {
    fail(connection, error)
  }
}

function settle(connection: TcpConnection, judged: Judged): void {
  if (judged === undefined) return
  const verdict = typeof judged === 'object' && judged !== null ? judged.verdict : judged
  if (verdict === 'accept' || verdict === 'drop') connection.settle(verdict, 'judged')
  else if (verdict === 'unjudged') connection.settle(verdict, 'unjudged')
  else fail(connection, new TypeError(`judge: expected 'accept', 'drop' or nothing, not ${String(verdict)}`))
}

function fail(connection: TcpConnection, error: unknown): void {
  connection.failure ??= error
  connection.settle('unjudged', 'unjudged')
}

/** Reading `then` may throw: it is the program's. */
function isThenable(value: unknown): value is PromiseLike<Judged> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<Judged>).then === 'function'
}

import { check } from '@nfkit/netlink-transport'

/** The version of `Handover` that is written here. */
const version = 1

/**
 * What a program says of a queue that it has handed over, for the next one: plain data, to be sent as JSON or by structured clone.
 */
export interface Handover {
  /** Of this message: 1. */
  readonly version: 1
  /** Number of the queue. */
  readonly queue: number
  /** Id of the newest packet that was read; `undefined` when there was none. What came later waits in the socket. */
  readonly lastId?: number | undefined
  /** Packets that were read and not judged: the kernel was told to queue them again, and they come to the next program, under new ids. */
  readonly returned: number
}

export const handoverOf = (queue: number, lastId: number | undefined, returned: number): Handover => ({
  version,
  queue,
  lastId,
  returned,
})

const checks: check.Checks<Handover> = {
  version: known,
  queue: (value) => check.whole('handover.queue', value, 0, 0xffff),
  lastId: (value) => check.whole('handover.lastId', value, 0, 0xffff_ffff),
  returned: (value) => check.whole('handover.returned', value, 0, Number.MAX_SAFE_INTEGER),
}

function known(value: unknown): void {
  if (value === version) return
  const advice = 'leave it out, and the queue finds out by itself what waits'
  throw new RangeError(`handover: its version is ${String(value)}, and known is ${version}; ${advice}`)
}

/** Throws `RangeError` or `TypeError` for what is none, is of a later version, or of another queue. */
export function checkHandover(given: Handover, queue: number): void {
  check.all('handover', given, checks)
  checks.version(given.version)
  if (given.queue !== queue) throw new RangeError(`handover: it is of queue ${given.queue}, and not of ${queue}`)
}

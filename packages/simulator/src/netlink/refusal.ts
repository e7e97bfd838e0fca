/** A request is refused: thrown by what acts on it, caught where requests are read. */
export class Refusal {
  /** The errno, positive. */
  readonly errno: number
  /** Where in the datagram the attribute to blame starts; `undefined` where the kernel names none. */
  readonly at: number | undefined
  /** It counts only where nothing else of a transaction is refused. */
  readonly isLast: boolean

  constructor(errno: number, at?: number, isLast = false) {
    this.errno = errno
    this.at = at
    this.isLast = isLast
  }
}

/** What is refused within `act` is the fault of the attribute at a place, unless another is blamed already. */
export function blaming<T>(at: number | undefined, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.errno, error.at ?? at, error.isLast) : error
  }
}

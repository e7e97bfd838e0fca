/** A request is refused: thrown by what acts on it, caught where requests are read. */
export class Refusal {
  /** The errno, positive. */
  readonly errno: number
  /** Where in the datagram the attribute to blame starts; `undefined` where the kernel names none. */
  readonly at: number | undefined

  constructor(errno: number, at?: number) {
    this.errno = errno
    this.at = at
  }
}

/** What a log tells besides its packets. */
export interface LogEvents {
  /**
   * Packets were logged and did not get here: the socket's buffer was full. `packets` is how many numbers are missing; `undefined` when
   * the socket overran and no packet came after it to tell.
   */
  lost: [{ readonly packets: number | undefined }]
  /** Something works less well than asked for; the text says what and why. */
  warning: [string]
  /** The handler threw or rejected, or a message made no sense. The log goes on. */
  handlerError: [{ readonly error: unknown }]
  /** The socket reports trouble, or a message made no sense. Where the socket is closed the log ends: `closed` resolves. */
  trouble: [Error]
}

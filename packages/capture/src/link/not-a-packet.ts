/** Why a record is no IP packet that a kernel could be given: a sentence's end, which is the same for all records of a kind. */
export class NotAPacket {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

export const cutHeader = new NotAPacket('cut by the capture before its IP header: capture with a longer snap length')

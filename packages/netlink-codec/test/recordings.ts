import { type Message, messages } from '../src/message/message.ts'
import { readRecordings } from './pcap.ts'

/** Every capture of `vectors/`, by name. */
export const recordings = readRecordings(new URL('./vectors/', import.meta.url))

/** All messages of all captures. */
export const recordedMessages: readonly Message[] = [...recordings.values()]
  .flat()
  .flatMap((datagram) => [...messages(datagram)])

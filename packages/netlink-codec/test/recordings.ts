import { readdirSync } from 'node:fs'
import { type Message, messages } from '../src/message.ts'
import { readPcap } from './pcap.ts'

const folder = new URL('./vectors/', import.meta.url)

/** Every capture of `vectors/`, by name. */
export const recordings = new Map<string, readonly Uint8Array[]>(
  readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .sort()
    .map((name) => [name.replace('.pcap', ''), readPcap(new URL(name, folder))]),
)

/** All messages of all captures. */
export const recordedMessages: readonly Message[] = [...recordings.values()]
  .flat()
  .flatMap((datagram) => [...messages(datagram)])

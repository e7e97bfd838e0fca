import { encodeAttrs, Message, putU16, putU32 } from '@nfkit/netlink-codec'
import { nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'
import { expect, test } from 'vitest'
import type { CaptureRecord } from '../src/index.ts'
import { changed } from '../src/replay/difference.ts'
import { ComparedMessage } from '../src/replay/sent/message.ts'

/** A message of as many attributes as it can hold, all of them unknown. */
function message(id: number): ComparedMessage {
  const attributes = encodeAttrs(queueConfig, {
    unknown: Array.from({ length: 16_000 }, (_, i) => ({ id: id + (i % 900), bytes: new Uint8Array(0) })),
  })
  const bytes = new Uint8Array(20 + attributes.length)
  putU32(bytes, 0, bytes.length)
  putU16(bytes, 4, nfqueueMessage.config.type)
  bytes.set(attributes, 20)
  return new ComparedMessage(new Message(bytes, 0, bytes.length))
}

test('what differs between two messages of very many lines is told without comparing each with each', () => {
  const record = { number: 7 } as CaptureRecord
  const { text } = changed(record, message(100), message(1_000))
  expect(text).toMatch(/^record 7: what is sent differs from the recording\n- /)
  expect(text.match(/^[-+] .*\(\d+\)/gm)?.length).toBeGreaterThan(30_000)
})

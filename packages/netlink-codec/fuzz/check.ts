import { Flow } from '../src/flow/flow.ts'
import {
  type Attrs,
  attributeAt,
  DecodeError,
  decode,
  decodeAck,
  EncodeError,
  encodeAttrs,
  format,
  type Infer,
  type Message,
  messages,
  messageToJson,
  type Table,
  tableOf,
  toHostOrder,
} from '../src/index.ts'
import { netfilterOf } from '../src/nfnetlink/header.ts'
import { QueuedPacket } from '../src/nfqueue/queued-packet.ts'
import { everything } from '../test/everything.ts'

/** What came of one input. */
export type Outcome = 'decoded' | 'refused'

/** Give `bytes` to every reader. Throws when one fails in any way but by a `DecodeError`, or when two disagree. */
export function check(bytes: Uint8Array, print: boolean): Outcome {
  attempt(() => toHostOrder(bytes, everything))
  attributeAt(bytes, bytes.length >> 1, everything)
  let outcome: Outcome = 'decoded'
  const walked = attempt(() => {
    for (const message of messages(bytes)) if (!checkMessage(message, print)) outcome = 'refused'
  })
  return walked ? outcome : 'refused'
}

function checkMessage(message: Message, print: boolean): boolean {
  const { bytes, start, end, type, flags } = message
  attempt(() => decodeAck(message))
  attempt(() => new QueuedPacket(bytes, start, end).flow?.original)
  if (end - start >= 20) attempt(() => new Flow(netfilterOf(message).attrs, 2).reply)
  if (print)
    attempt(() => format(message, everything).length + JSON.stringify(messageToJson(message, everything)).length)
  return type < 16 || attempt(() => checkAttrs(tableOf(everything, type, flags), netfilterOf(message).attrs))
}

/** Lazy equals eager, and what decodes encodes to bytes that decode to the same. */
function checkAttrs(table: Table, attrs: Attrs): void {
  const value = decode(table, attrs.bytes, attrs.start, attrs.end) as Record<string, unknown>
  for (const { key, attr } of table.slots) {
    if (attrs.has(attr) !== (value[key] !== undefined)) throw new Error(`lazy and eager disagree on ${key}`)
  }
  const again = encodedAgain(table, value)
  if (again !== undefined && print(decode(table, again)) !== print(value)) throw new Error('decode(encode(x)) is not x')
}

/** `undefined` when the kernel's tolerance let something in that may not go out: text that is too long, say. */
function encodedAgain(table: Table, value: Record<string, unknown>): Uint8Array | undefined {
  try {
    return encodeAttrs(table, value as Infer<Table>)
  } catch (error) {
    if (error instanceof EncodeError) return undefined
    throw error
  }
}

const print = (value: unknown): string =>
  JSON.stringify(value, (_, item) =>
    typeof item === 'bigint' ? `${item}n` : item instanceof Uint8Array ? [...item] : item,
  )

/** Whether it went well; anything but a `DecodeError` is thrown on. */
function attempt(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

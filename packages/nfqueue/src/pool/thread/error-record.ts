import { DecodeError, EncodeError } from '@nfkit/netlink-codec'
import { NetlinkError, NoAnswerError, TransportError } from '@nfkit/netlink-transport'
import { PacketStateError, QueueError, VerdictError } from '../../errors.ts'
import { PoolError } from '../failure.ts'

/** An error as plain data: a structured clone keeps neither the class nor the fields of ours. */
export interface ErrorRecord {
  /** Its class, or the nearest one that both threads know. */
  readonly type: string
  readonly name: string
  readonly message: string
  readonly stack: string
  /** The error's other properties, as far as they can be copied. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly cause: ErrorRecord | undefined
}

type ErrorClass = new (...args: never[]) => Error

/** From the particular to the general. */
const classes: Readonly<Record<string, ErrorClass>> = {
  QueueError,
  VerdictError,
  PacketStateError,
  PoolError,
  NetlinkError,
  NoAnswerError,
  TransportError,
  EncodeError,
  DecodeError,
  RangeError,
  TypeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  Error,
}

/** Causes of causes that are kept. */
const deepest = 8

/** For another thread. Programs throw anything at all: no getter, proxy or text of it makes this throw. */
export function recordOf(thrown: unknown, depth = 0): ErrorRecord {
  try {
    if (!(thrown instanceof Error)) return plain(String(thrown))
    const type = Object.keys(classes).find((name) => thrown instanceof classes[name]!)!
    const { name, message, stack, cause, ...rest } = thrown
    return {
      type,
      name: String(name),
      message: String(message),
      stack: String(stack),
      fields: copyable(rest),
      cause: cause === undefined || depth === deepest ? undefined : recordOf(cause, depth + 1),
    }
  } catch {
    return plain('what was thrown cannot be read')
  }
}

const plain = (message: string): ErrorRecord => ({
  type: 'Error',
  name: 'Error',
  message,
  stack: `Error: ${message}`,
  fields: {},
  cause: undefined,
})

function copyable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => canBeCopied(value)))
}

function canBeCopied(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

/** The very error again: `instanceof` its class. */
export function errorOf({ type, name, message, stack, fields, cause }: ErrorRecord): Error {
  const { prototype } = classes[type]!
  const error: Error = Object.setPrototypeOf(new Error(message), prototype)
  Object.assign(error, fields)
  const hidden = { stack, ...(name !== prototype.name && { name }), ...(cause && { cause: errorOf(cause) }) }
  for (const [key, value] of Object.entries(hidden))
    Object.defineProperty(error, key, { value, writable: true, configurable: true })
  return error
}

import type { MessageType } from '../message/protocol.ts'
import type { Table } from '../schema/shape.ts'

/** The messages of one family, by name: `nfqueueMessage`, `conntrackMessage`, … */
export type Family = { readonly [name: string]: MessageType }

/** One type of message: the subsystem is the high byte of its number. */
export const messageOf = (
  name: string,
  system: number,
  number: number,
  table: Table,
  answer: Table = table,
): MessageType => ({ type: (system << 8) | number, name, table, answer })

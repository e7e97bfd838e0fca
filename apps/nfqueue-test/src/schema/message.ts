import { ackAttrs, type MessageType, type Table, type Type } from '@nfkit/netlink-codec'
import { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from '@nfkit/netlink-codec/conntrack'
import { batchMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import {
  address,
  anyOf,
  count,
  decimal,
  hexadecimal,
  integer,
  list,
  mark,
  named,
  object,
  only,
  optional,
  optionals,
  port,
  type Schema,
  text,
  word,
} from './shape.ts'

/** The families whose messages are decoded. */
export const families = [nfqueueMessage, conntrackMessage, expectMessage, timeoutMessage, helperMessage] as const

const unknown = list(object({ id: port, bytes: hexadecimal }))

const tables = new Map<Table, Schema>()

/** What the attributes of a table are in JSON. A table may have itself in it. */
export function attributesOf(table: Table): Schema {
  const known = tables.get(table)
  if (known !== undefined) return known
  const schema: { [keyword: string]: unknown } = named(table.name, {})
  tables.set(table, schema)
  const rows = Object.entries(table.rows).map(([key, { type }]) => [key, valueSchema(type)] as const)
  return Object.assign(schema, object(optionals({ ...Object.fromEntries(rows), unknown })))
}

function valueSchema(type: Type<unknown>): Schema {
  switch (type.kind) {
    case 'u8':
    case 'be16':
    case 'be32':
    case 'u32':
      return mark
    case 'sbe32':
      return integer
    case 'word':
      return anyOf(text, integer)
    case 'be64':
    case 'u64':
      return decimal
    case 'text':
      return text
    case 'bytes':
      return type.show === 'address' ? address : hexadecimal
    case 'nest':
      return anyOf(...tablesOf(type).map(attributesOf))
    case 'list':
      return list(itemOf(type))
    case 'struct': {
      const fields = type.fields.filter(({ key }) => !key.startsWith('pad'))
      return object(Object.fromEntries(fields.map((field) => [field.key, valueSchema(field.type)])))
    }
    default:
      return type.kind satisfies never
  }
}

function tablesOf({ table, choice }: Type<unknown>): readonly Table[] {
  if (table !== undefined) return [table]
  const chosen = Object.values(choice?.tables ?? {})
  return choice?.otherwise === undefined ? chosen : [...chosen, choice.otherwise]
}

const itemOf = ({ table, item }: Type<unknown>): Schema =>
  item === undefined ? attributesOf(table!) : valueSchema(table!.rows[item]!.type)

const head = { type: port, flags: list(text), sequence: mark, portId: mark }
const netfilter = { family: count, version: count, resourceId: port }

/** Where a message comes from, in a capture. */
const origin = optionals({ direction: word('toKernel', 'toUser'), timestampNs: decimal })

/** A message of a family: its attributes follow the table of its type. */
const known = ({ name, table, answer }: MessageType): Schema =>
  named(
    name,
    object({
      message: only(name),
      ...origin,
      ...head,
      ...netfilter,
      attributes: table === answer ? attributesOf(table) : anyOf(attributesOf(table), attributesOf(answer)),
    }),
  )

const types: readonly MessageType[] = [batchMessage, ...families].flatMap((of) => Object.values(of))

/** A message of another family, whose attributes are kept as they are. */
const foreign = object({
  message: { ...text, not: word(...types.map(({ name }) => name)) },
  ...origin,
  ...head,
  ...netfilter,
  attributes: object(optionals({ unknown })),
})

/** A message without attributes. */
const plain = object({ message: text, ...origin, ...head, payload: hexadecimal })

const messages = [...types.map(known), named('foreign', foreign), named('plain', plain)]

const said = { errno: count, error: { type: ['string', 'null'] }, extended: attributesOf(ackAttrs) }

/** The request that an answer is about, as far as the answer repeats it. */
const request = anyOf(...messages, object({ message: text, type: port, payload: optional(hexadecimal) }))

/** Of `decode`. */
export const message = anyOf(
  ...messages,
  object({ message: only('NLMSG_DONE'), ...origin, ...head, ...said }),
  object({
    message: only('NLMSG_ERROR'),
    ...origin,
    ...head,
    ...said,
    attribute: { type: ['string', 'null'] },
    request,
  }),
  object({ ...origin, problem: text, bytes: hexadecimal }),
)

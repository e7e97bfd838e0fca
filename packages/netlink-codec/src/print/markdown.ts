import type { Choice, Table, Type } from '../schema/shape.ts'
import { isPad } from '../schema/type.ts'

/**
 * The reference of these tables: one heading and one Markdown table each.
 *
 * @example
 * import { markdown } from '@nfkit/netlink-codec'
 * import { counters } from '@nfkit/netlink-codec/conntrack'
 *
 * console.log(markdown([counters]).split('\n')[0]) // ## `CTA_COUNTERS`
 */
export function markdown(tables: readonly Table[]): string {
  return tables.map(section).join('\n')
}

function section(table: Table): string {
  const rows = table.slots.map(({ key, name, attr }) => {
    const { type, id, doc, since = table.since } = attr
    return `| \`${name}\` | ${id} | \`${key}\` | ${layout(type)} | ${order(type)} | ${since} | ${doc} |`
  })
  if (table.pad !== undefined) {
    rows.push(
      `| \`${table.name}_PAD\` | ${table.pad} | | empty | | 4.7 | aligns a 64-bit value on some machines; skipped |`,
    )
  }
  return `## \`${table.name}\`

${table.doc}

| attribute | id | key | layout | byte order | since | meaning |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}

/** What the payload looks like. */
function layout(type: Type<unknown>): string {
  switch (type.kind) {
    case 'u8':
      return `8 bits${values(type)}`
    case 'be16':
      return `16 bits${values(type)}`
    case 'be32':
    case 'u32':
      return `32 bits${values(type)}`
    case 'sbe32':
      return `32 bits, signed${values(type)}`
    case 'word':
      return `${layout(type.number!)}${values(type)}`
    case 'be64':
    case 'u64':
      return '64 bits'
    case 'text':
      return type.limit < 0xff ? `text, up to ${type.limit - 1} bytes and a NUL` : 'text and a NUL'
    case 'bytes':
      return sized(type)
    case 'nest':
      return type.choice === undefined
        ? `nest: ${link(type.table!)}`
        : `nest by \`${type.choice.by}\`: ${choices(type.choice)}`
    case 'list':
      return `list of ${type.item === undefined ? link(type.table!) : layout(type.table!.rows[type.item]!.type)}`
    case 'struct':
      return type.fields
        .map((field) => `${isPad(field) ? 'padding' : `\`${field.key}\``} ${layout(field.type)}`)
        .join('; ')
    default:
      return type.kind satisfies never
  }
}

function values({ show, names }: Type<unknown>): string {
  const list = Object.entries(names).map(
    ([name, value]) => `${show === 'bits' ? `0x${value.toString(16)}` : value} \`${name}\``,
  )
  return list.length === 0 ? '' : ` (${list.join(', ')})`
}

function sized({ size, limit, show }: Type<unknown>): string {
  if (show === 'address') return size === 4 ? 'IPv4 address' : 'IPv6 address'
  if (size === limit) return `${size} bytes`
  return limit > 0xff ? 'bytes' : `up to ${limit} bytes`
}

const link = (table: Table): string => `[\`${table.name}\`](#${table.name.toLowerCase()})`

const choices = ({ tables, otherwise }: Choice): string =>
  [
    ...Object.entries(tables).map(([value, table]) => `${value} ${link(table)}`),
    ...(otherwise ? [`else ${link(otherwise)}`] : []),
  ].join(', ')

/** Byte order; none for what is not a number of several bytes. */
function order(type: Type<unknown>): string {
  switch (type.kind) {
    case 'be16':
    case 'be32':
    case 'sbe32':
    case 'be64':
      return 'network'
    case 'word':
      return order(type.number!)
    case 'u32':
    case 'u64':
      return 'host'
    case 'struct':
      return type.fields.map((field) => order(field.type)).find((found) => found !== '') ?? ''
    case 'u8':
    case 'text':
    case 'bytes':
    case 'nest':
    case 'list':
      return ''
    default:
      return type.kind satisfies never
  }
}

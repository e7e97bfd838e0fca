import { parseAddress, parseHex } from '@nfkit/inet'
import { encodeAttrs, messageFlags } from '@nfkit/netlink-codec'
import {
  filterFlags,
  genericProtocol,
  timeoutData,
  timeoutMessage,
  timeoutPolicy,
} from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { reversed, tuple } from '../../test/behaviour/flow.ts'
import { connection, expectation } from '../../test/behaviour/request.ts'

const families = { 0: 0, 4: 2, 6: 10 }

const flagsOf = (names) =>
  names.split(' ').reduce((all, name) => all | (name === '' ? 0 : messageFlags[name]), messageFlags.request)

/** The bytes of a request of connection tracking that is described. */
export function requestFrom(step) {
  const { what, version, flags, echo } = step
  const header = { family: families[version], flags: flagsOf(flags) | (echo ? messageFlags.echo : 0) }
  return connection(what, { ...tuplesOf(step), ...translationOf(step), ...valuesOf(step.value) }, header)
}

/** Texts of bytes as bytes. */
function valuesOf({ labels, labelsMask, ...value }) {
  return {
    ...value,
    ...(labels !== undefined && { labels: parseHex(labels) }),
    ...(labelsMask !== undefined && { labelsMask: parseHex(labelsMask) }),
  }
}

function tuplesOf({ tuple: text, both, reply, fields, original }) {
  if (text === undefined) return {}
  const of = tuple(text)
  if (fields) {
    const chosen = fields.reduce((all, name) => all | filterFlags[name], 0)
    return original
      ? { tupleOrig: of, filter: { origFlags: chosen, replyFlags: 0 } }
      : { tupleReply: of, filter: { origFlags: 0, replyFlags: chosen } }
  }
  return { tupleOrig: of, ...(both && { tupleReply: tuple(reply ?? reversed(text)) }) }
}

function translationOf({ translate }) {
  if (!translate) return {}
  const { source, address, port } = translate
  const bytes = parseAddress(address)
  const to = {
    ...(bytes.length === 4 ? { v4Minip: bytes } : { v6Minip: bytes }),
    ...(port !== undefined && { proto: { portMin: port } }),
  }
  return source ? { natSrc: to } : { natDst: to }
}

const ones = (size) => new Uint8Array(size).fill(0xff)

/** The bytes of a request about an expectation. */
export function expectationFrom({ what, version, flags, bare, tuple: text, master, loose, value }) {
  const header = { family: families[version], flags: flagsOf(flags) }
  if (bare) return expectation(what, {}, header)
  const wanted = tuple(text)
  const size = wanted.ip.v4Src ? 4 : 16
  const [source, destination] = size === 4 ? ['v4Src', 'v4Dst'] : ['v6Src', 'v6Dst']
  const mask = {
    ip: { [source]: ones(size), [destination]: ones(size) },
    proto: { num: wanted.proto.num, srcPort: loose ? 0 : 0xffff, dstPort: 0xffff },
  }
  if (what !== 'new') return expectation(what, { tuple: wanted }, header)
  return expectation(what, { tuple: wanted, mask, master: tuple(master), ...value }, header)
}

/** The bytes of a request about a timeout policy. */
export function policyFrom({ what, flags, value, seconds, count }) {
  const header = { type: timeoutMessage[what].type, flags: flagsOf(flags), family: 2 }
  const unknown = seconds === undefined ? [] : [timeouts(value.l4proto, seconds, count)]
  return encodeMessage(header, timeoutPolicy, { ...value, unknown })
}

/** The first of a protocol's timeouts, as bytes: also of protocols that have none of their own. */
function timeouts(protocol, seconds, count) {
  const table = timeoutData[protocol] ?? timeoutData[genericProtocol]
  const names = Object.keys(table.rows).slice(0, count)
  const bytes = encodeAttrs(table, Object.fromEntries(names.map((name) => [name, seconds])))
  return { id: timeoutPolicy.rows.data.id | nested, bytes }
}

const nested = 0x8000

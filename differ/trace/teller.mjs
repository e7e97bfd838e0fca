import { formatHex } from '@nfkit/inet'
import { attrsOf, control, decode, decodeAck, errnoName, messageName, tableOf } from '@nfkit/netlink-codec'
import { conntrackMessage, expectMessage, timeoutMessage } from '@nfkit/netlink-codec/conntrack'
import { nflogMessage } from '@nfkit/netlink-codec/nflog'
import { netfilter, netfilterOf, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { nftMessage } from '@nfkit/netlink-codec/nftables'
import { comparable, isFound } from './comparable.mjs'

const protocol = netfilter(conntrackMessage, expectMessage, timeoutMessage, nfqueueMessage, nflogMessage, nftMessage)

/**
 * Tells messages as lines that two kernels have in common: what each chooses for itself (ids of entries, port ids, numbers of interfaces
 * and users, moments) is replaced by what it stands for, and seconds that run out get a `~`. The time at which a packet came is left out,
 * for a kernel knows it only while some program of the machine wants to know.
 */
export class Teller {
  #ports
  #devices
  #users

  /** Names of ports, interfaces and users, by number. */
  constructor({ ports, devices, users }) {
    this.#ports = ports
    this.#devices = devices
    this.#users = users
  }

  line(message) {
    const { type, flags, sequence, portId } = message
    const port = this.#ports.get(portId) ?? portId
    const head = `${messageName(protocol, type)} flags ${flags.toString(16)} seq ${sequence} port ${port}`
    if (type === control.error || type === control.done) {
      const { errno, extended } = decodeAck(message)
      return `${head} ${errno === 0 ? 'ok' : errnoName(errno)} ${this.#value(extended)}`
    }
    const { bytes, start, end } = attrsOf(protocol, message)
    const value = decode(tableOf(protocol, type, flags), bytes, start, end)
    const { family, resourceId } = netfilterOf(message)
    // Of messages of nf_tables it is the generation, which goes on.
    if (type >> 8 === subsystem.nftables) return `${head} family ${family} ${this.#value(inOrder(value))}`
    return `${head} family ${family} of ${resourceId} ${this.#value(value)}`
  }

  #value(value) {
    const parts = Object.entries(value)
      .filter(([, item]) => item !== undefined && item.usec === undefined)
      .map(([key, item]) => `${key} ${this.#item(key, item)}`)
    return `{${parts.join(', ')}}`
  }

  #item(key, item) {
    if (item instanceof Uint8Array) return formatHex(key === 'payload' ? comparable(item) : item)
    if (Array.isArray(item))
      return inOrderOf(
        key,
        item.map((one) => this.#value(one)),
      ).join(' ')
    if (typeof item === 'object') return this.#value(item)
    if (key === 'srcPort' || key === 'dstPort') return isFound(item) ? 'found' : `${item}`
    // The kernel counts those that it has not given back yet.
    if (key === 'entries') return 'some'
    // As many as the machine has memory for.
    if (key === 'maxEntries') return 'most'
    if (key === 'timeout') return `~${item}`
    if (key === 'expiration') return `~${item / 1000n}`
    if (key === 'id') return '#'
    if (key === 'start' || key === 'stop' || key === 'timestampEvent') return item === 0n ? 'never' : 'once'
    if (key.startsWith('ifindex')) return this.#devices.get(item) ?? `${item}`
    if (key === 'uid' || key === 'gid') return this.#users.get(item) ?? `${item}`
    return `${item}`
  }
}

/** Elements of a set have an order of each kernel's own, and seconds are no order. */
const inOrderOf = (key, items) =>
  key === 'elements' ? items.toSorted((a, b) => (lasting(a) < lasting(b) ? -1 : 1)) : items
const lasting = (text) => text.replace(/~\d+/g, '~')

/** Attributes of nf_tables come in an order of each kernel's own. */
function inOrder(value) {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, inOrder(item)]))
}

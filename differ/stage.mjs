import { messageFlags, putU16, setSequence, u16 } from '@nfkit/netlink-codec'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage, QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { bind, connection } from '../test/behaviour/request.ts'
import { answersOf, logGroup, observer, rulesBeside } from './program/tables/observer.mjs'
import { inOrder } from './trace/order.mjs'
import { Teller } from './trace/teller.mjs'
import { batchFrom, listed, listening } from './wire/tables.mjs'

/** What is said of tables of programs, and not of those of iptables. */
const ours = /\{table (t\d|observer),/

const silentGroup = group.conntrackExpUpdate

/** A world with a program's rules and settings: its two sockets, and the packets that wait for a verdict. */
export class Stage {
  world
  /** Of fragments, so that they are not taken for those of another program. */
  identification
  #devices
  #milliseconds
  #waiting = new Map()
  #hasTables = false
  /** The socket that makes requests and hears of events; it has all queues but one. */
  owner
  #stranger
  #teller
  #sequence = 1

  constructor(world, { identification, devices, milliseconds = 0 }) {
    this.world = world
    this.#milliseconds = milliseconds
    this.identification = identification
    this.#devices = devices
  }

  /** Put everything up; resolves to what the kernel says of it. */
  async open({ rules, settings, queues, groups, tables }) {
    const { world } = this
    if (tables) for (const [name, value] of Object.entries(answersOf)) await world.sysctl(name, value)
    await world.rules(...rules, ...(tables ? rulesBeside : []))
    for (const [name, value] of Object.entries(settings))
      await world.sysctl(`net.netfilter.nf_conntrack_${name}`, value)
    this.owner = world.open()
    this.#stranger = world.open()
    for (const one of groups) this.owner.transport.join(one)
    // Whether connections get events depends on listeners in all of the machine's namespaces: there is always one, which never hears anything.
    world.open().transport.join(silentGroup)
    this.#teller = new Teller({
      ports: new Map([
        [this.owner.portId, 'owner'],
        [this.#stranger.portId, 'stranger'],
      ]),
      devices: this.#devices,
      users: new Map([
        [world.owner.uid, 'own'],
        [world.owner.gid, 'own'],
      ]),
    })
    const lines = []
    for (const { number, settings } of queues)
      lines.push(...(await this.send([{ bytes: bind(number, settings), socket: this.ownerOf(number) }])))
    if (!tables) return lines
    this.#hasTables = true
    lines.push(...(await this.send([{ bytes: listening(logGroup), socket: this.owner }])))
    return [...lines, ...(await this.change(observer())), ...(await this.change(tables))]
  }

  /** The socket that has a queue. */
  ownerOf(queue) {
    return queue === 8 ? this.#stranger : this.owner
  }

  strangerTo(queue) {
    return queue === 8 ? this.owner : this.#stranger
  }

  /** Packets of a queue that wait for a verdict, by id. */
  waiting(queue) {
    if (!this.#waiting.has(queue)) this.#waiting.set(queue, new Map())
    return this.#waiting.get(queue)
  }

  /** A queue in which packets wait: this one, another, or this one for lack of any. */
  busy(queue) {
    if (this.waiting(queue).size > 0) return queue
    return [...this.#waiting].find(([, { size }]) => size > 0)?.[0] ?? queue
  }

  /** Send requests in one datagram, through the first one's socket; resolves to what both sockets hear. */
  async send(requests) {
    for (const { bytes, silent } of requests) {
      putU16(bytes, 6, u16(bytes, 6) | messageFlags.request | (silent ? 0 : messageFlags.ack))
      setSequence(bytes, ++this.#sequence)
    }
    await requests[0].socket.send(...requests.map(({ bytes }) => bytes))
    return this.hear()
  }

  /** Change tables, by messages that are one transaction. */
  change(messages) {
    return this.send(batchFrom(messages, this.owner))
  }

  /** What both sockets have heard since they were last asked. */
  async hear() {
    const lines = []
    for (const [name, socket] of Object.entries({ owner: this.owner, stranger: this.#stranger })) {
      for (const message of await socket.messages()) {
        if (message.type === nfqueueMessage.packet.type) this.#arrived(message)
        lines.push(`${name}: ${this.#teller.line(message)}`)
      }
    }
    return inOrder(lines)
  }

  #arrived({ bytes, start, end }) {
    const packet = new QueuedPacket(bytes, start, end)
    this.waiting(packet.queue).set(packet.id, packet)
  }

  /** What a dump has, in the order of its text: each kernel has one of its own. */
  async dump(request) {
    const { error, entries } = await this.owner.dump(request)
    return [`dump: ${error}`, ...entries.map((entry) => this.#teller.line(entry)).sort()]
  }

  /** Let the kernel finish what goes on after its answer: packets of a queue that ended are dropped a little later. */
  settle() {
    return this.world.pass(this.#milliseconds / 1000)
  }

  /** The sockets go, and with them all packets that wait. */
  async close() {
    for (const socket of [this.owner, this.#stranger]) await socket?.close()
  }

  /** What is there in the end: queues, without their port ids, and connections. */
  async end() {
    const queues = Array.from(
      await this.world.queues(),
      ([number, [, , ...rest]]) => `queue ${number}: ${rest.join(' ')}`,
    )
    return [...queues.sort(), ...(await this.dump(connection('get', {}, { family: 0 }))), ...(await this.#counted())]
  }

  /** What tables have counted: in chains, rules, objects and sets that packets change. */
  async #counted() {
    if (!this.#hasTables) return []
    const lines = []
    for (const kind of ['getChain', 'getRule', 'getObject'])
      for (const family of [1, 2, 10]) lines.push(...(await this.dump(listed(kind, family))))
    for (const [family, table] of [
      [1, 't0'],
      [2, 't0'],
      [10, 't0'],
      [1, 't1'],
      [2, 't1'],
      [10, 't1'],
    ])
      lines.push(...(await this.dump(listed('getElements', family, { table, set: 'seen' }))))
    return lines.filter((line) => ours.test(line))
  }
}

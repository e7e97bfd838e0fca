import { messageFlags, putU16, setSequence, u16 } from '@nfkit/netlink-codec'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage, QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { bind, connection } from '../test/behaviour/request.ts'
import { answersOf, logGroup, observer, rulesBeside } from './program/tables/observer.mjs'
import { inOrder } from './trace/order.mjs'
import { Teller } from './trace/teller.mjs'
import { batchFrom, hasElements, isOfPrograms, listed, listening } from './wire/tables.mjs'

const isRefusal = (line) => line.includes('NLMSG_ERROR') && !line.includes(' ok ')
const silentGroup = group.conntrackExpUpdate

/** A world with a program's rules and settings: its two sockets, and the packets that wait for a verdict. */
export class Stage {
  world
  /** Of fragments, so that they are not taken for those of another program. */
  identification
  /** Fragments that were held back. */
  lacking = []
  #devices
  #milliseconds
  #waiting = new Map()
  #tables
  /** Whether the kernel took the program's tables. */
  hasTables = false
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
    this.#tables = tables
    lines.push(...(await this.send([{ bytes: listening(logGroup), socket: this.owner }])))
    lines.push(...(await this.change(observer())))
    const told = await this.change(tables)
    this.hasTables = told.every((line) => !isRefusal(line))
    return [...lines, ...told]
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
    const sockets = { owner: this.owner, stranger: this.#stranger }
    const heard = Object.entries(sockets).map(async ([name, socket]) => this.#told(name, await socket.messages()))
    return inOrder((await Promise.all(heard)).flat())
  }

  #told(name, messages) {
    return messages.map((message) => {
      if (message.type === nfqueueMessage.packet.type) this.#arrived(message)
      return `${name}: ${this.#teller.line(message)}`
    })
  }

  #arrived({ bytes, start, end }) {
    const packet = new QueuedPacket(bytes, start, end)
    this.waiting(packet.queue).set(packet.id, packet)
  }

  /** What a dump has, of what is `wanted`, in the order of its text: each kernel has one of its own. */
  async dump(request, wanted = () => true) {
    const { error, entries } = await this.owner.dump(request)
    const lines = entries.filter(wanted).map((entry) => this.#teller.line(entry))
    return [`dump: ${error}`, ...lines.sort()]
  }

  /** Let the kernel finish what goes on after its answer: packets of a queue that ended are dropped a little later. */
  settle() {
    return this.world.pass(this.#milliseconds / 1000)
  }

  /** What waits for its last fragment gets it: half a minute later the kernel would answer it, in another program. */
  async complete() {
    for (const fragment of this.lacking) await this.world.receive(fragment)
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
    if (!this.#tables) return []
    const lines = []
    for (const kind of ['getChain', 'getRule', 'getObject'])
      lines.push(...(await this.dump(listed(kind, 0), isOfPrograms)))
    for (const { kind, family, value } of this.#tables)
      if (kind === 'newSet' && value.name === 'seen')
        lines.push(
          ...(await this.dump(listed('getElements', family, { table: value.table, set: value.name }), hasElements)),
        )
    return lines
  }
}

import { decode } from '@nfkit/netlink-codec'
import { encodeMessage, family, netfilter, netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import {
  type Expression,
  type NftElement,
  nftElements,
  nftMessage,
  nftRule,
  nftSet,
} from '@nfkit/netlink-codec/nftables'
import { Connection, entries, type Transport } from '@nfkit/netlink-transport'

/** What the kernel lists, as it is: for tests that compare bytecode. */
export class Listing {
  readonly #connection: Connection

  constructor(transport: Transport) {
    this.#connection = new Connection(transport, netfilter(nftMessage))
    transport.receive(this.#connection)
  }

  /** The bytecode of the rules of a chain, in which sets without a name are replaced by what is in them. */
  async rules(of: number, table: string, chain: string): Promise<readonly (readonly unknown[])[]> {
    const list: (readonly unknown[])[] = []
    const request = encodeMessage({ type: nftMessage.getRule.type, family: of, flags: 0 }, nftRule, { table, chain })
    for await (const { bytes, start, end } of entries(this.#connection, request)) {
      const { expressions = [] } = decode(nftRule, bytes, start + netfilterHeaderSize, end)
      list.push(expressions.map(copied))
    }
    const whole: (readonly unknown[])[] = []
    for (const expressions of list)
      whole.push(await Promise.all((expressions as readonly Expression[]).map((one) => this.#whole(of, table, one))))
    return whole
  }

  /** The elements of a set. */
  async elements(of: number, table: string, set: string): Promise<readonly NftElement[]> {
    const list: NftElement[] = []
    const request = encodeMessage({ type: nftMessage.getElements.type, family: of, flags: 0 }, nftElements, {
      table,
      set,
    })
    for await (const { bytes, start, end } of entries(this.#connection, request))
      list.push(...(decode(nftElements, bytes, start + netfilterHeaderSize, end).elements ?? []).map(copied))
    return list
  }

  close(): void {
    this.#connection.close()
  }

  async #whole(of: number, table: string, expression: Expression): Promise<unknown> {
    const set =
      expression.name === 'lookup'
        ? expression.data?.set
        : expression.name === 'objref'
          ? expression.data?.setName
          : undefined
    if (set === undefined || !/^__(set|map|objmap)\d+$/.test(set)) return expression
    const request = encodeMessage({ type: nftMessage.getSet.type, family: of, flags: 0 }, nftSet, { table, name: set })
    const [answer] = await this.#connection.request(request)
    const { flags, keyLen, dataType, keyType } = decode(
      nftSet,
      answer!.bytes,
      answer!.start + netfilterHeaderSize,
      answer!.end,
    )
    // nft begins intervals with an end at zero; the kernel does as well without.
    const isStart = ({ key, flags }: NftElement) => flags === 1 && (key?.value ?? []).every((byte) => byte === 0)
    const elements = (await this.elements(of, table, set)).filter((element) => !isStart(element))
    const sorted = elements.map((element) => JSON.stringify(plain(element))).sort()
    return {
      ...expression,
      data: { ...expression.data, setName: undefined, set: { flags, keyLen, keyType, dataType, elements: sorted } },
    }
  }
}

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, one) =>
      one instanceof Uint8Array ? Buffer.from(one).toString('hex') : typeof one === 'bigint' ? `${one}n` : one,
    ),
  )

/** The views of a datagram end with it. */
const copied = <T>(value: T): T => structuredClone(value)

/** The kernel's number of the family inet. */
export const inet = family.inet

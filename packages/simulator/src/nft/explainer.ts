import type { Transport } from '@nfkit/netlink-transport'
import { type ChainRule, type Clause, counter, openNftables, printRule } from '@nfkit/nftables'
import type { PathStep } from '../hooks/path.ts'
import type { ExplainedStep } from './explained-step.ts'

/** Says in nft's words what packets met. Rules are read through a socket of the kernel, as programs read them, once a generation. */
export class Explainer {
  readonly #connect: () => Transport
  #generation: number | undefined
  #rules: ReadonlyMap<string, string> = new Map()

  constructor(connect: () => Transport) {
    this.#connect = connect
  }

  async explain(path: readonly PathStep[]): Promise<readonly ExplainedStep[]> {
    if (path.some(({ rule }) => rule !== undefined)) await this.#read()
    return path.map(({ rule, ...step }) => ({ ...step, handle: rule?.handle, text: this.#textOf(step, rule) }))
  }

  async #read(): Promise<void> {
    const nft = await openNftables(this.#connect())
    try {
      if ((await nft.generation()) === this.#generation) return
      const { generation, tables } = await nft.list()
      const rules = tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules))
      this.#rules = new Map(
        rules.map((rule) => [key(rule.family, rule.table, rule.handle!), printRule(uncounted(rule))]),
      )
      this.#generation = generation
    } finally {
      nft.close()
    }
  }

  /** A rule may be gone by now. */
  #textOf({ family, table, verdict }: Omit<PathStep, 'rule'>, rule: PathStep['rule']): string {
    if (rule === undefined) return `policy ${verdict}`
    return this.#rules.get(key(family, table, rule.handle)) ?? `rule ${rule.handle}`
  }
}

const key = (family: string, table: string, handle: bigint): string => `${family} ${table} ${handle}`

/** What a rule is, without what it has counted. */
const uncounted = ({ body, comment }: ChainRule): Pick<ChainRule, 'body' | 'comment'> => ({
  body: body.map((clause) => (clause.kind === 'counter' ? (counter() as Clause) : clause)),
  ...(comment === undefined ? {} : { comment }),
})

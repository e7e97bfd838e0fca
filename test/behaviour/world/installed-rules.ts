import { execFileSync } from 'node:child_process'
import type { Rule } from '../world.ts'
import { bridgeRuleset, bridgeTable, holds, ruleset, ruleText, translates } from './ruleset.ts'
import { run } from './run.ts'

const iptables = { 4: 'iptables', 6: 'ip6tables' } as const

/**
 * The rules of the namespace. Those of a version of IP wait for its first packet, unless they are to be put in at once: to start a program is
 * what takes long, and most scenarios send packets of one version.
 */
export class InstalledRules {
  readonly #atOnce: boolean
  #wanted: readonly Rule[] = []
  readonly #applied = new Map<4 | 6, string>()
  #bridged = false

  constructor({ atOnce }: { readonly atOnce: boolean }) {
    this.#atOnce = atOnce
  }

  /** These rules, and no others. */
  set(rules: readonly Rule[]): void {
    if (!rules.some(translates)) this.#forgetTranslation()
    this.#wanted = rules
    this.#forgetBridge()
    const bridged = rules.filter(({ family }) => family === 'bridge')
    if (bridged.length > 0) {
      run('nft', bridgeRuleset(bridged))
      this.#bridged = true
    }
    // Connections that a request makes need these at once.
    if (this.#atOnce || rules.some(({ action }) => action.kind === 'label' || action.kind === 'track')) this.apply(4)
    if (this.#atOnce) this.apply(6)
  }

  /** Remove one, as it was given. */
  remove(rule: Rule): void {
    const before = this.#wanted
    this.#wanted = before.filter((other) => other !== rule)
    for (const version of [4, 6] as const) {
      if (this.#applied.get(version) !== ruleset(before, version)) continue
      run(iptables[version], '-t', rule.table, '-D', ...ruleText(rule, version).split(' '))
      this.#applied.set(version, ruleset(this.#wanted, version))
    }
  }

  /** Put those of a version in, unless they are. */
  apply(version: 4 | 6): void {
    const text = ruleset(this.#wanted, version)
    if (this.#applied.get(version) === text) return
    this.#applied.delete(version)
    execFileSync(`${iptables[version]}-restore`, { input: text, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#applied.set(version, text)
  }

  /** The same, where others of this version may be in force. */
  settle(version: 4 | 6): void {
    if (this.#applied.has(version)) this.apply(version)
  }

  #forgetTranslation(): void {
    if (!this.#wanted.some(translates)) return
    for (const [version, family] of [
      [4, 'ip'],
      [6, 'ip6'],
    ] as const) {
      if (!this.#hasTranslation(version)) continue
      run('nft', `delete table ${family} nat`)
      this.#applied.set(version, '')
    }
  }

  /** Tables are made for rules: one without has none in the kernel. */
  #hasTranslation(version: 4 | 6): boolean {
    return this.#applied.has(version) && this.#wanted.some((rule) => translates(rule) && holds(rule, version))
  }

  #forgetBridge(): void {
    if (this.#bridged) run('nft', `delete ${bridgeTable}`)
    this.#bridged = false
  }
}

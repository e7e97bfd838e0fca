import type { TypeChecker } from '../checker/client.ts'
import type { App } from './app.ts'

/** Checks the code of an app against its types: when it is asked to, and from then on after each change. */
export class Types {
  isChecking = false
  /** What was checked last. */
  #checked: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #client: Promise<TypeChecker> | undefined
  readonly #app: App
  readonly #changed: () => void

  constructor(app: App, changed: () => void) {
    this.#app = app
    this.#changed = changed
  }

  /** Whether the code is as it was when it was checked. */
  get isChecked(): boolean {
    return this.#checked === this.#code
  }

  get #code(): string {
    const { rules, judge } = this.#app.project
    return JSON.stringify([rules.language, rules.text, judge])
  }

  /** The code was changed: check it in a while, where a check was asked for before. */
  edited(): void {
    if (this.#client === undefined || this.isChecked) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.check(), 600)
  }

  async check(): Promise<void> {
    if (this.isChecking) return
    this.isChecking = true
    this.#changed()
    const code = this.#code
    const { rules, judge } = this.#app.project
    try {
      this.#client ??= import('../checker/client.ts').then(({ TypeChecker }) => new TypeChecker())
      const listing = rules.language === 'listing'
      const problems = await (await this.#client).check({
        '/judge.ts': judge,
        '/rules.ts': listing ? 'export {}' : rules.text,
      })
      if (code !== this.#code) return
      this.#checked = code
      this.#app.found({ rules: problems['/rules.ts'] ?? [], judge: problems['/judge.ts'] ?? [] })
    } catch (error) {
      this.#app.fail((error as Error).message)
    } finally {
      this.isChecking = false
      this.#changed()
      this.edited()
    }
  }
}

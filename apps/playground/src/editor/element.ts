import type { Problem } from '../compile/problem.ts'
import type { Mounted } from './mount.ts'

/** `<code-editor>`: an area of text at once, and an editor when that is loaded. Its event `edited` has the new text as `detail`. */
export class CodeEditor extends HTMLElement {
  #text = ''
  #problems: readonly Problem[] = []
  #language: 'typescript' | 'listing' = 'typescript'
  #mounted: Mounted | undefined

  get text(): string {
    return this.#text
  }

  set text(text: string) {
    this.#text = text
    this.#mounted?.setText(text)
    const area = this.querySelector('textarea')
    if (area !== null && area.value !== text) area.value = text
  }

  set problems(problems: readonly Problem[]) {
    if (problems === this.#problems) return
    this.#problems = problems
    this.#mounted?.setProblems(problems)
  }

  set language(language: 'typescript' | 'listing') {
    if (language === this.#language) return
    this.#language = language
    this.#mounted?.setLanguage(language)
  }

  connectedCallback(): void {
    if (this.childElementCount > 0) return
    const area = document.createElement('textarea')
    const label = this.getAttribute('label') ?? 'Code'
    area.setAttribute('aria-label', label)
    area.spellcheck = false
    area.value = this.#text
    area.addEventListener('input', () => this.#edited(area.value))
    this.append(area)
    void this.#load(label)
  }

  async #load(label: string): Promise<void> {
    const { mount } = await import('./mount.ts')
    const hadFocus = this.contains(document.activeElement)
    this.replaceChildren()
    this.#mounted = mount(this, label, (text) => this.#edited(text))
    this.#mounted.setLanguage(this.#language)
    this.#mounted.setText(this.#text)
    this.#mounted.setProblems(this.#problems)
    if (hadFocus) this.querySelector<HTMLElement>('.cm-content')?.focus()
  }

  #edited(text: string): void {
    this.#text = text
    this.dispatchEvent(new CustomEvent('edited', { detail: text }))
  }
}

customElements.define('code-editor', CodeEditor)

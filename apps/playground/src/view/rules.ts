import { html, nothing, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'
import type { Types } from '../app/types.ts'
import { checked } from './checked.ts'

const languages = [
  ['typescript', 'TypeScript'],
  ['listing', 'nft -j listing'],
] as const

/** The rules as they are written, and in nft's words as the kernel has them. */
export function rules(app: App, types: Types): TemplateResult {
  const { language, text } = app.project.rules
  const set = (part: Partial<typeof app.project.rules>) => app.edit({ rules: { ...app.project.rules, ...part } })
  return html`
    <section class="column" aria-labelledby="rules-title">
      <header class="head">
        <h2 id="rules-title">Rules</h2>
        <div class="choice" role="group" aria-label="Language of the rules">
          ${languages.map(
            ([name, title]) => html`
              <button aria-pressed=${language === name} @click=${() => set({ language: name })}>${title}</button>
            `,
          )}
        </div>
      </header>
      <div
        class="drop"
        @dragover=${(event: DragEvent) => event.preventDefault()}
        @drop=${(event: DragEvent) => dropped(event, (listing) => set({ language: 'listing', text: listing }))}
      >
        <code-editor
          label="Rules"
          .text=${text}
          .language=${language}
          .problems=${app.problems.rules}
          @edited=${(event: CustomEvent<string>) => set({ text: event.detail })}
        ></code-editor>
      </div>
      ${
        language === 'listing'
          ? html`<p class="hint">
            Paste or drop what <code>nft -j list ruleset</code> prints, or
            <label class="file">
              choose a file
              <input type="file" accept=".json,application/json,text/plain" @change=${(event: Event) =>
                chosen(event, (listing) => set({ language: 'listing', text: listing }))} />
            </label>
          </p>`
          : checked(app.problems.rules, text, types)
      }
      <h3>In nft’s words</h3>
      ${ruleset(app)}
    </section>
  `
}

function ruleset({ scene, journey, step, isStale }: App): TemplateResult {
  if (scene === undefined)
    return html`<p class="empty">What the kernel has, once a packet was sent: with its counters.</p>`
  const current = journey?.steps[step]?.rule
  const met = new Set(journey?.steps.map(({ rule }) => rule))
  return html`
    ${isStale ? html`<p class="hint">From before your last change. The next packet meets the new rules.</p>` : nothing}
    <pre class="ruleset" tabindex="0" aria-label="Rules in nft’s language">${scene.ruleset.map(
      ({ text, rule }) =>
        html`<span
          class=${rule === undefined ? '' : rule === current ? 'rule current' : met.has(rule) ? 'rule met' : 'rule'}
          >${text || ' '}</span
        >`,
    )}</pre>
  `
}

function dropped(event: DragEvent, take: (text: string) => void): void {
  event.preventDefault()
  void event.dataTransfer?.files[0]?.text().then(take)
}

function chosen(event: Event, take: (text: string) => void): void {
  void (event.target as HTMLInputElement).files?.[0]?.text().then(take)
}

import { html, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'
import type { Types } from '../app/types.ts'
import { examples } from '../examples/examples.ts'
import { fragmentOf } from '../project/link.ts'
import { page } from './page.ts'

/** The page with its head. */
export const frame = (app: App, types: Types): TemplateResult => html`
  <header class="top">
    <h1>nfkit <span>playground</span></h1>
    <label class="examples">Example
      <select @change=${(event: Event) => {
        const example = examples[Number((event.target as HTMLSelectElement).value)]
        if (example !== undefined) app.open(example.project, true)
      }}>
        ${examples.map(({ name }, i) => html`<option value=${i}>${name}</option>`)}
      </select>
    </label>
    <button @click=${() => void share(app)}>Share</button>
  </header>
  <main>${page(app, types)}</main>
`

async function share(app: App): Promise<void> {
  history.replaceState(null, '', await fragmentOf(app.shared))
  await navigator.clipboard?.writeText(location.href).catch(() => {})
}

import { html, nothing, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'
import type { Reader } from '../app/reader.ts'
import type { Sharing } from '../app/sharing.ts'
import type { Types } from '../app/types.ts'
import { examples } from '../examples/examples.ts'
import { netlink } from './netlink.ts'
import { page } from './page.ts'

/** What the page is about: a kernel with rules, or messages that are pasted. */
export type Place = 'kernel' | 'netlink'

/** All that is shown. */
export interface Shown {
  readonly app: App
  readonly types: Types
  readonly reader: Reader
  readonly sharing: Sharing
  readonly place: Place
  readonly go: (place: Place) => void
}

const places: readonly (readonly [Place, string])[] = [
  ['kernel', 'Rules and packets'],
  ['netlink', 'Netlink messages'],
]

/** The page with its head. */
export const frame = ({ app, types, reader, sharing, place, go }: Shown): TemplateResult => html`
  <header class="top">
    <h1>nfkit <span>playground</span></h1>
    <nav class="choice" aria-label="Parts of the playground">
      ${places.map(([name, title]) => html`<button aria-pressed=${place === name} @click=${() => go(name)}>${title}</button>`)}
    </nav>
    <span class="grow"></span>
    ${place === 'kernel' ? tools(app, sharing) : nothing}
  </header>
  <main>${place === 'kernel' ? page(app, types) : netlink(reader)}</main>
`

/** Another example, and a link. */
function tools(app: App, sharing: Sharing): TemplateResult {
  const at = examples.findIndex(({ project }) => project === app.origin)
  return html`
    <label class="examples">
      Example
      <select
        @change=${(event: Event) => {
          const example = examples[Number((event.target as HTMLSelectElement).value)]
          if (example !== undefined) app.open(example.project, true)
        }}
      >
        ${at < 0 ? html`<option value="-1" selected>From a link</option>` : nothing}
        ${examples.map(({ name }, i) => html`<option value=${i} ?selected=${i === at}>${name}</option>`)}
      </select>
    </label>
    <button @click=${() => void sharing.share(app.shared)}>Share</button>
    <span class="hint" role="status">${sharing.said}</span>
  `
}

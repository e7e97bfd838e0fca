import { html, nothing, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'
import { connections } from './connections.ts'
import { journeys } from './journeys.ts'
import { judge } from './judge.ts'
import { picture } from './picture.ts'
import { rules } from './rules.ts'
import { sending } from './sending.ts'
import { time } from './time.ts'

/** What the page can do beside the kernel. */
export interface Actions {
  /** Check the code against its types. */
  check(): void
  readonly isChecking: boolean
  /** The code was checked as it is now. */
  readonly isChecked: boolean
}

/** Rules, network and judge, side by side where there is room. */
export function page(app: App, actions: Actions): TemplateResult {
  return html`
    ${app.isTrusted ? nothing : untrusted(app)}
    <div class="columns">
      ${rules(app, actions)}
      <section class="column middle" aria-labelledby="network-title">
        <h2 id="network-title">Network</h2>
        ${picture(app)} ${sending(app)} ${failure(app)} ${journeys(app)} ${time(app)} ${connections(app)}
      </section>
      ${judge(app, actions)}
    </div>
  `
}

const untrusted = (app: App): TemplateResult => html`
  <section class="banner" aria-labelledby="banner-title">
    <div>
      <h2 id="banner-title">This code came by a link</h2>
      <p>Nothing of it has run. Read the rules and the judge first: they run in a sandbox without network, when you say so.</p>
    </div>
    <button class="primary" @click=${() => app.trust()}>Allow it to run</button>
  </section>
`

const failure = (app: App): TemplateResult => html`
  <div class="failure" role="alert" ?hidden=${app.failure === undefined}>${app.failure}</div>
`

import { html, nothing, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'
import type { Types } from '../app/types.ts'
import { examples } from '../examples/examples.ts'
import { connections } from './connections.ts'
import { journeys } from './journeys.ts'
import { judge } from './judge.ts'
import { picture } from './picture.ts'
import { rules } from './rules.ts'
import { sending } from './sending.ts'
import { time } from './time.ts'

/** Rules, network and judge, side by side where there is room. */
export function page(app: App, types: Types): TemplateResult {
  const about = examples.find(({ project }) => project === app.origin)?.about
  return html`
    ${app.isTrusted ? nothing : untrusted(app)}
    <p class="about" ?hidden=${about === undefined}>${about}</p>
    <div class="columns">
      ${rules(app, types)}
      <section class="column middle" aria-labelledby="network-title">
        <h2 id="network-title">Network</h2>
        ${picture(app)} ${sending(app)} ${failure(app)} ${journeys(app)} ${time(app)} ${connections(app)}
      </section>
      ${judge(app, types)}
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

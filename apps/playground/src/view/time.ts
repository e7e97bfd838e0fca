import { html, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'

const leaps = [
  [1, '1 s'],
  [30, '30 s'],
  [600, '10 min'],
  [86_400, '1 day'],
] as const

/** Virtual time, which stands still until it is told to pass. */
export const time = (app: App): TemplateResult => html`
  <div class="time" role="group" aria-label="Virtual time">
    <span>Time <b class="code">${(app.scene?.uptime ?? 0).toFixed(3)} s</b></span>
    ${leaps.map(
      ([seconds, title]) => html`
        <button
          ?disabled=${app.isBusy || !app.isTrusted}
          aria-label="Let ${title} pass"
          @click=${() => void app.ask({ kind: 'advance', seconds })}
        >+${title}</button>
      `,
    )}
    <button ?disabled=${app.isBusy || !app.isTrusted} @click=${() => void app.restart()}>Begin anew</button>
  </div>
`

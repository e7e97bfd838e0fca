import { html, nothing, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'
import { ending } from '../packet/step.ts'
import type { Journey } from '../protocol/scene.ts'

/** The packets so far, and the path of one of them. */
export function journeys(app: App): TemplateResult {
  if (app.journeys.length === 0)
    return html`<p class="empty">Send a packet: the rules it meets, and who decided, are shown here.</p>`
  return html`
    <h3>Packets</h3>
    <ol class="journeys" aria-label="Packets">
      ${app.journeys
        .slice(-60)
        .toReversed()
        .map((one) => entry(app, one))}
    </ol>
    ${app.scene?.untold ? html`<p class="hint">${app.scene.untold} more packets are not shown.</p>` : nothing}
    ${app.journey === undefined ? nothing : path(app, app.journey)}
  `
}

const entry = (app: App, { id, packet, verdict, at, way }: Journey): TemplateResult => html`
  <li>
    <button aria-pressed=${id === app.selected} @click=${() => app.select(id, Number.POSITIVE_INFINITY)}>
      <span class="number">${id}</span>
      <span class="packet code">${packet}</span>
      <span class="badge ${verdict}">${verdict}</span>
      <span class="way">${way}, at ${at.toFixed(3)} s</span>
    </button>
  </li>
`

function path(app: App, journey: Journey): TemplateResult {
  const { steps, id } = journey
  const go = (by: number) => app.select(id, app.step + by)
  return html`
    <section class="path" aria-labelledby="path-title">
      <header class="head">
        <h3 id="path-title">Path of packet ${id}</h3>
        <div class="stepper">
          <button aria-label="Step before" ?disabled=${app.step === 0} @click=${() => go(-1)}>◀</button>
          <span aria-live="polite">${steps.length === 0 ? 'no steps' : `step ${app.step + 1} of ${steps.length}`}</span>
          <button aria-label="Next step" ?disabled=${app.step >= steps.length - 1} @click=${() => go(1)}>▶</button>
        </div>
      </header>
      <ol class="steps">
        ${steps.map(
          ({ kind, where, text, verdict }, i) => html`
            <li class="${kind} ${i === app.step ? 'current' : i > app.step ? 'later' : ''}">
              <button aria-current=${i === app.step ? 'step' : nothing} @click=${() => app.select(id, i)}>
                <span class="where">${kind === 'judge' ? `the judge, ${where}` : where}</span>
                <span class="code text">${text}</span>
                <span class="said ${verdict.split(/[ ,]/)[0]}">${verdict}</span>
              </button>
            </li>
          `,
        )}
      </ol>
      <p class="ending"><span class="badge ${journey.verdict}">${journey.verdict}</span> ${ending(journey)}</p>
      <dl class="facts">${facts(journey)}</dl>
      ${
        journey.reply === undefined
          ? nothing
          : html`<button ?disabled=${app.isBusy || !app.isTrusted} @click=${() => reply(app, journey.reply!)}>Reply</button>
            <span class="hint code">${journey.reply}</span>`
      }
    </section>
  `
}

function reply(app: App, line: string): void {
  app.write(line)
  void app.ask({ kind: 'send', line })
}

const hex = (mark: number): string => `0x${mark.toString(16)}`

function facts({ mark, connmark, became, answer }: Journey): readonly TemplateResult[] {
  const known: readonly (readonly [string, string | undefined])[] = [
    ['went on as', became],
    ['mark', mark === 0 ? undefined : hex(mark)],
    ['connmark', connmark === undefined ? undefined : hex(connmark)],
    ['sent back', answer],
  ]
  return known.flatMap(([name, value]) =>
    value === undefined ? [] : [html`<dt>${name}</dt><dd class="code">${value}</dd>`],
  )
}

import { html, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'
import type { Types } from '../app/types.ts'
import { checked } from './checked.ts'

/** The program that reads the queues, and what was said beside the packets. */
export function judge(app: App, types: Types): TemplateResult {
  const { judge: text } = app.project
  const queues = app.scene?.queues ?? []
  const reads =
    app.scene === undefined
      ? 'It reads every queue that a rule names.'
      : queues.length === 0
        ? 'No rule names a queue: it reads none.'
        : `It reads ${queues.length === 1 ? 'queue' : 'queues'} ${queues.join(', ')}.`
  return html`
    <section class="column" aria-labelledby="judge-title">
      <header class="head">
        <h2 id="judge-title">Judge</h2>
        <span class="hint">${reads}</span>
      </header>
      <code-editor
        label="Judge"
        .text=${text}
        .problems=${app.problems.judge}
        @edited=${(event: CustomEvent<string>) => app.edit({ judge: event.detail })}
      ></code-editor>
      ${checked(app.problems.judge, text, types)}
      <h3>What was said</h3>
      ${
        app.notes.length === 0
          ? html`<p class="empty">What the code prints, and what the kernel has to say.</p>`
          : html`<ol class="notes" tabindex="0" aria-label="What was said">
            ${app.notes.map(({ from, text }) => html`<li class=${from}><span>${from}</span> ${text}</li>`)}
          </ol>`
      }
    </section>
  `
}

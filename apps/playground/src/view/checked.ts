import { html, type TemplateResult } from 'lit-html'
import type { Types } from '../app/types.ts'
import { type Problem, placeIn } from '../compile/problem.ts'

/** What the types of a text forbid. */
export function checked(found: readonly Problem[], text: string, types: Types): TemplateResult {
  const { isChecking, isChecked } = types
  const state = isChecking ? 'Checking types …' : isChecked && found.length === 0 ? 'Types are right' : ''
  return html`
    <div class="check">
      <button ?disabled=${isChecking} @click=${() => void types.check()}>Check types</button>
      <span class="hint" role="status">${state}</span>
    </div>
    <ul class="problems" ?hidden=${found.length === 0}>
      ${found.slice(0, 20).map(({ from, message }) => html`<li><b>${placeIn(text, from)}</b> ${message}</li>`)}
    </ul>
  `
}

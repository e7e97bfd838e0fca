import { html, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'

/** The connection tracking table. */
export function connections({ scene }: App): TemplateResult {
  const list = scene?.connections ?? []
  return html`
    <h3>Connections</h3>
    ${
      list.length === 0
        ? html`<p class="empty">None is tracked now.</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Connections">
          <table>
            <thead>
              <tr><th>Connection</th><th>State</th><th>Mark</th><th>Packets</th><th>Expires in</th></tr>
            </thead>
            <tbody>
              ${list.map(
                (one) => html`
                  <tr>
                    <td class="code">
                      ${one.name}${one.translated === undefined ? '' : html`<br /><span class="translated">⇄ ${one.translated}</span>`}
                    </td>
                    <td>${one.state || '–'}</td>
                    <td class="code">${one.mark === 0 ? '–' : `0x${one.mark.toString(16)}`}</td>
                    <td class="code">${one.packets}</td>
                    <td class="code">${one.timeoutSeconds} s</td>
                  </tr>
                `,
              )}
            </tbody>
          </table>
        </div>`
    }
  `
}

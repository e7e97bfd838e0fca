import { html, nothing, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'
import type { Host, Interface, Network } from '../protocol/network.ts'

/** The machine, and who is behind each of its interfaces. */
export function picture(app: App): TemplateResult {
  const { interfaces, hosts } = app.project.network
  const left = interfaces[0]
  const right = interfaces.slice(1)
  const behind = (one: Interface | undefined) => hosts.filter(({ via }) => via === one?.name)
  return html`
    <div class="picture" role="group" aria-label="The network">
      <ul class="hosts">
        ${behind(left).map(host)}
      </ul>
      <div class="machine">
        <strong>this machine</strong>
        ${interfaces.map(({ name, addresses }) => html`<span><b>${name}</b> ${addresses.join(', ')}</span>`)}
        ${verdict(app)}
      </div>
      <ul class="hosts">
        ${right.flatMap((one) => behind(one)).map(host)}
      </ul>
    </div>
    <details class="edit-network">
      <summary>Change the network</summary>
      ${editing(app)}
    </details>
  `
}

const host = ({ name, address }: Host): TemplateResult => html`<li><b>${name}</b><span>${address}</span></li>`

function verdict({ journey }: App): TemplateResult | typeof nothing {
  return journey === undefined ? nothing : html`<span class="badge ${journey.verdict}">${journey.verdict}</span>`
}

function editing(app: App): TemplateResult {
  const { network } = app.project
  const set = (part: Partial<Network>) => app.edit({ network: { ...network, ...part } })
  const setHost = (at: number, part: Partial<Host>) =>
    set({ hosts: network.hosts.map((one, i) => (i === at ? { ...one, ...part } : one)) })
  const setInterface = (at: number, addresses: string) =>
    set({
      interfaces: network.interfaces.map((one, i) =>
        i === at ? { ...one, addresses: addresses.split(/[\s,]+/).filter((word) => word !== '') } : one,
      ),
    })
  const value = (event: Event) => (event.target as HTMLInputElement).value
  return html`
    <div class="rows">
      ${network.interfaces.map(
        ({ name, addresses }, i) => html`
          <label>Addresses of ${name}
            <input .value=${addresses.join(', ')} @change=${(event: Event) => setInterface(i, value(event))} />
          </label>
        `,
      )}
      ${network.hosts.map(
        (one, i) => html`
          <fieldset>
            <legend>${one.name}</legend>
            <label>Name <input .value=${one.name} maxlength="32" @change=${(event: Event) => setHost(i, { name: value(event) })} /></label>
            <label>Address <input .value=${one.address} maxlength="64" @change=${(event: Event) => setHost(i, { address: value(event) })} /></label>
            <label>Behind
              <select @change=${(event: Event) => setHost(i, { via: value(event) })}>
                ${network.interfaces.map(({ name }) => html`<option ?selected=${name === one.via}>${name}</option>`)}
              </select>
            </label>
            <button aria-label="Remove ${one.name}" @click=${() => set({ hosts: network.hosts.toSpliced(i, 1) })}>Remove</button>
          </fieldset>
        `,
      )}
      <button
        ?disabled=${network.hosts.length >= 32}
        @click=${() => set({ hosts: [...network.hosts, { name: `host ${network.hosts.length + 1}`, address: '198.51.100.2', via: network.interfaces[0]?.name ?? 'eth0' }] })}
      >Add a host</button>
    </div>
  `
}

import { html, type TemplateResult } from 'lit-html'
import type { App } from '../app/app.ts'
import { flags, lineOf } from '../packet/line.ts'
import { limits } from '../protocol/limits.ts'

/** A packet by its line or by a form, a connection, and a capture. */
export function sending(app: App): TemplateResult {
  const isOff = app.isBusy || !app.isTrusted
  return html`
    <form class="line" @submit=${(event: SubmitEvent) => {
      event.preventDefault()
      void app.ask({ kind: 'send', line: app.line })
    }}>
      <label for="line">A packet on one line</label>
      <div class="row">
        <input
          id="line"
          class="code"
          spellcheck="false"
          autocomplete="off"
          maxlength="1000"
          .value=${app.line}
          @input=${(event: InputEvent) => app.write((event.target as HTMLInputElement).value)}
        />
        <button class="primary" ?disabled=${isOff}>Send</button>
      </div>
    </form>
    <ul class="tries" aria-label="Packets to try">
      ${app.project.lines.map(
        (line) =>
          html`<li><button class="code" aria-pressed=${line === app.line} @click=${() => app.write(line)}>${line}</button></li>`,
      )}
    </ul>
    <div class="ways">
      <details>
        <summary>By form</summary>
        ${packetForm(app)}
      </details>
      <details>
        <summary>A connection</summary>
        ${connectionForm(app, isOff)}
      </details>
      <details>
        <summary>From a capture</summary>
        <p
          class="drop-here"
          @dragover=${(event: DragEvent) => event.preventDefault()}
          @drop=${(event: DragEvent) => {
            event.preventDefault()
            void replay(app, event.dataTransfer?.files[0])
          }}
        >
          Drop a pcap or pcapng file here, or
          <label class="file">choose one
            <input type="file" ?disabled=${isOff} accept=".pcap,.pcapng,.cap" @change=${(event: Event) => {
              void replay(app, (event.target as HTMLInputElement).files?.[0])
            }} />
          </label>. Its first ${limits.journeys} packets are sent, in its own time.
        </p>
      </details>
    </div>
  `
}

async function replay(app: App, file: File | undefined): Promise<void> {
  if (file === undefined) return
  const capture = new Uint8Array(await file.slice(0, limits.capture).arrayBuffer())
  await app.ask({ kind: 'replay', capture })
}

/** Addresses there are, for a field. */
const addresses = (app: App): TemplateResult => html`
  <datalist id="addresses">
    ${app.project.network.hosts.map(({ name, address }) => html`<option value=${address}>${name}</option>`)}
    ${app.project.network.interfaces.flatMap(({ name, addresses }) =>
      addresses.map((address) => html`<option value=${address}>this machine, ${name}</option>`),
    )}
  </datalist>
`

function packetForm(app: App): TemplateResult {
  const [from, to] = [
    app.project.network.hosts[0]?.address ?? '192.0.2.7',
    app.project.network.interfaces[0]?.addresses[0] ?? '192.0.2.1',
  ]
  return html`
    <form class="grid" @input=${(event: InputEvent) => {
      const data = new FormData((event.target as HTMLInputElement).form!)
      const said = (name: string) => String(data.get(name) ?? '')
      app.write(
        lineOf({
          protocol: said('protocol'),
          from: said('from'),
          fromPort: said('fromPort'),
          to: said('to'),
          toPort: said('toPort'),
          flags: data.getAll('flag').map(String),
        }),
      )
    }} @submit=${(event: SubmitEvent) => event.preventDefault()}>
      ${addresses(app)}
      <label>Protocol <select name="protocol"><option>tcp</option><option>udp</option><option>icmp</option></select></label>
      <label>From <input name="from" list="addresses" value=${from} maxlength="64" /></label>
      <label>Port <input name="fromPort" inputmode="numeric" value="40000" maxlength="5" /></label>
      <label>To <input name="to" list="addresses" value=${to} maxlength="64" /></label>
      <label>Port <input name="toPort" inputmode="numeric" value="443" maxlength="5" /></label>
      <fieldset class="flags">
        <legend>Flags of TCP</legend>
        ${flags.map((flag) => html`<label><input type="checkbox" name="flag" value=${flag} ?checked=${flag === 'syn'} /> ${flag}</label>`)}
      </fieldset>
    </form>
  `
}

function connectionForm(app: App, isOff: boolean): TemplateResult {
  const { hosts } = app.project.network
  return html`
    <form class="grid" @submit=${(event: SubmitEvent) => {
      event.preventDefault()
      const data = new FormData(event.target as HTMLFormElement)
      const talk = { from: String(data.get('from')), to: String(data.get('to')), bytes: Number(data.get('bytes')) }
      void app.ask({ kind: 'talk', talk })
    }}>
      <label>From <input name="from" list="addresses" value=${hosts[0]?.address ?? ''} required maxlength="64" /></label>
      <label>To, with port <input name="to" value=${`${hosts[2]?.address ?? '10.0.0.5'}:443`} required maxlength="64" /></label>
      <label>Bytes it gets <input name="bytes" type="number" min="0" max="1000000" value="2000" /></label>
      <button ?disabled=${isOff}>Connect</button>
    </form>
  `
}

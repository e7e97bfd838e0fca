import { html, type TemplateResult } from 'lit-html'
import type { Reader } from '../app/reader.ts'

/** Paste hexadecimal, or what strace prints, and read the messages. */
export function netlink(reader: Reader): TemplateResult {
  return html`
    <div class="netlink">
      <section class="column" aria-labelledby="paste-title">
        <header class="head">
          <h2 id="paste-title">Hexadecimal or strace</h2>
          <button @click=${() => reader.example()}>An example</button>
        </header>
        <textarea
          class="code"
          aria-labelledby="paste-title"
          spellcheck="false"
          placeholder="24 00 00 00 00 0a …"
          .value=${reader.text}
          @input=${(event: InputEvent) => reader.paste((event.target as HTMLTextAreaElement).value)}
        ></textarea>
        <p class="hint">
          An empty line ends a datagram of hexadecimal. Of strace: <code>strace -f -e trace=network -v -s 65535 nft list ruleset</code>, with
          <code>-e read=all -e write=all</code> for the bytes themselves.
        </p>
      </section>
      <section class="column" aria-labelledby="read-title">
        <header class="head">
          <h2 id="read-title">Messages</h2>
          <span class="hint" role="status">${summary(reader)}</span>
        </header>
        ${result(reader)}
      </section>
    </div>
  `
}

function summary({ reading }: Reader): string {
  if (reading === undefined) return ''
  const { source, messages, more } = reading
  const count = messages.length + more
  return `${count} ${count === 1 ? 'message' : 'messages'} in ${source === 'strace' ? 'the output of strace' : 'hexadecimal'}`
}

const arrows = { toKernel: '→ kernel', toUser: '← kernel' } as const

function result({ reading }: Reader): TemplateResult {
  if (reading === undefined)
    return html`<p class="empty">Messages of NFQUEUE, NFLOG, connection tracking and nf_tables are read with the kernel’s names.</p>`
  return html`
    <ul class="problems" ?hidden=${reading.unread.length === 0}>
      ${reading.unread.slice(0, 20).map(({ line, reason }) => html`<li><b>line ${line}</b> ${reason}</li>`)}
    </ul>
    <ol class="messages">
      ${reading.messages.map(
        ({ line, direction, text, isMalformed }) => html`
          <li class=${isMalformed ? 'malformed' : ''}>
            <span class="from">line ${line}${direction === undefined ? '' : `, ${arrows[direction]}`}</span>
            <pre>${text}</pre>
          </li>
        `,
      )}
    </ol>
  `
}

import type { MarkdownRenderer } from 'vitepress'

/** Code that is indented looks like code between fences. */
export function fencedCode(md: MarkdownRenderer): void {
  md.core.ruler.push('fenced', ({ tokens }) => {
    for (const token of tokens) if (token.type === 'code_block') Object.assign(token, { type: 'fence', info: 'txt' })
  })
}

/** Tables scroll inside of themselves, by the keyboard, too. A head without text is a cell. */
export function framedTables(md: MarkdownRenderer): void {
  md.renderer.rules['table_open'] = () => '<div class="frame" tabindex="0" role="group" aria-label="Table"><table>\n'
  md.renderer.rules['table_close'] = () => '</table></div>\n'
  md.core.ruler.push('empty-heads', ({ tokens }) => {
    tokens.forEach((token, at) => {
      if (token.type !== 'th_open' || tokens[at + 1]!.content !== '') return
      token.tag = 'td'
      tokens[at + 2]!.tag = 'td'
    })
  })
}

import { posix } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

const title = 'Side by side'
const languages: { readonly [extension: string]: string } = { mjs: 'js', py: 'python' }

/** The text of a page with the programs its section "Side by side" links to, each below its link. */
export const withPrograms = (text: string, source: string, read: (path: string) => string): string =>
  text.replace(new RegExp(`^## ${title}\n.*?(?=^## )`, 'ms'), (section) =>
    section.replaceAll(/^\[`[^`]+`\]\(([^)]+)\).*$/gm, (line, target: string) => {
      const extension = posix.extname(target).slice(1)
      const code = read(posix.join(posix.dirname(source), target))
      return `${line}\n\n\`\`\`${languages[extension] ?? extension}\n${code.trimEnd()}\n\`\`\``
    }),
  )

/** What is below that heading stands beside each other where there is room: from each heading of the third level to the next. */
export function sides(md: MarkdownRenderer): void {
  md.core.ruler.push('sides', (state) => {
    const { tokens, Token } = state
    const block = (content: string) => Object.assign(new Token('html_block', '', 0), { content })
    const start = tokens.findIndex(
      ({ type, tag }, at) => type === 'heading_open' && tag === 'h2' && tokens[at + 1]?.content === title,
    )
    if (start < 0) return
    const from = start + 3
    const next = tokens.findIndex(({ type, tag }, at) => at >= from && type === 'heading_open' && tag === 'h2')
    const to = next < 0 ? tokens.length : next
    if (tokens[from]?.tag !== 'h3') return // a section of that name, and no programs
    const inside = tokens.slice(from, to).flatMap((token, at) => {
      if (token.type !== 'heading_open' || token.tag !== 'h3') return [token]
      return [block(`${at === 0 ? '' : '</section>\n'}<section>\n`), token]
    })
    state.tokens = [
      ...tokens.slice(0, from),
      block('<div class="sides">\n'),
      ...inside,
      block('</section>\n</div>\n'),
      ...tokens.slice(to),
    ]
  })
}

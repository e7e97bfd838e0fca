import type { MarkdownRenderer } from 'vitepress'

/** Tables scroll inside of themselves, by the keyboard, too. */
export function framedTables(md: MarkdownRenderer): void {
  md.renderer.rules['table_open'] = () => '<div class="frame" tabindex="0" role="region" aria-label="Table"><table>\n'
  md.renderer.rules['table_close'] = () => '</table></div>\n'
}

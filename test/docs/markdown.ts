/** A fenced block of code in a markdown file. */
export interface Block {
  readonly file: string
  readonly line: number
  readonly language: string
  /** What follows the language on the fence: `no-run`, say. */
  readonly note: string
  readonly code: string
}

export function blocksOf(file: string, text: string): Block[] {
  const fences = text.matchAll(/^```(\w+)([^\n]*)\n(.*?)^```$/gms)
  return Array.from(fences, ({ index, 1: language = '', 2: note = '', 3: code = '' }) => {
    const line = text.slice(0, index).split('\n').length
    return { file, line, language, note: note.trim(), code }
  })
}

/** Targets of links to other files, without their anchors. */
export const linksOf = (text: string): string[] =>
  Array.from(text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g), ([, target]) => target!)

/** Calls of the command line: in shell blocks, and between backquotes in prose. */
export function commandsOf(text: string): string[] {
  const called = /(?:^|[\s|`])(?:npx )?nfqueue-test((?: [^\s`|>&#;]+)*)/g
  const prose = text.replace(/^```.*?^```$/gms, '')
  const shell = blocksOf('', text).filter(({ language }) => language === 'sh')
  return [
    ...shell.flatMap(({ code }) => Array.from(code.replace(/#.*$/gm, '').matchAll(called), ([, args]) => args!.trim())),
    ...Array.from(prose.matchAll(/`([^`\n]+)`/g), ([, code]) => code!)
      .filter((code) => /^(npx )?nfqueue-test /.test(code))
      .flatMap((code) => Array.from(code.matchAll(called), ([, args]) => args!.trim())),
  ]
}

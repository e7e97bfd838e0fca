import { basename } from 'node:path'
import type { Page } from './page.ts'
import { filesIn, read } from './repository.ts'

const folder = 'examples'

/** What an example says of itself in the comment it begins with. */
interface Header {
  readonly title: string
  /** What it does, in sentences. */
  readonly about: string
  /** The lines that feed and start it. */
  readonly commands: string
}

/** The comment at the top of an example: `// Title: what it does`, then its commands, which are indented. */
export function headerOf(source: string): Header {
  const comment = /^(?:\/\/.*\n)+/.exec(source)?.[0] ?? ''
  const lines = comment.split('\n').map((line) => line.replace(/^\/\/ ?/, ''))
  const isCommand = (line: string) => line.startsWith('  ')
  const prose = lines.filter((line) => !isCommand(line)).join(' ')
  const [, title = '', about = ''] = /^([^:]+): (.+)$/.exec(prose.trim()) ?? []
  return {
    title,
    about: about.charAt(0).toUpperCase() + about.slice(1),
    commands: lines
      .filter(isCommand)
      .map((line) => line.trim())
      .join('\n'),
  }
}

function example(source: string): Page {
  const text = read(source)
  const { title, about, commands } = headerOf(text)
  const code = text.replace(/^(?:\/\/.*\n)+\n*/, '')
  const name = basename(source, '.mjs')
  return {
    source,
    route: `${folder}/${name}.md`,
    text: `# ${title}\n\n${about}\n\n\`\`\`sh\n${commands}\n\`\`\`\n\n\`\`\`js [${basename(source)}]\n${code}\`\`\`\n`,
  }
}

/** A page for each whole program, and the list of them. */
export function examples(): Page[] {
  const programs = filesIn(folder).filter((path) => /^examples\/[\w-]+\.mjs$/.test(path))
  const list = programs.map((path) => {
    const { title, about } = headerOf(read(path))
    return `- [${title}](${basename(path)}): ${about.replace(' Tested on a real kernel, too.', '')}`
  })
  const intro = 'Whole programs, each a screen or two. Each is tested on the simulator, and most on a real kernel, too.'
  const index = { source: folder, route: `${folder}/index.md`, text: `# Examples\n\n${intro}\n\n${list.join('\n')}\n` }
  return [index, ...programs.map(example)]
}

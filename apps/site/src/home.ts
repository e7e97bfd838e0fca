import type { Page } from './page.ts'
import { read } from './repository.ts'

/** What the README says in its first lines, and the sections the home page has of it. */
export interface Introduction {
  readonly claim: string
  readonly purpose: string
  /** From the first snippet to the first heading. */
  readonly snippet: string
  readonly fit: string
  readonly trust: string
}

/** Where to go from the home page. */
const ways: readonly (readonly [title: string, target: string, about: string])[] = [
  ['Guides', 'docs/README.md', 'from a first filter to a fleet: tests, production, restarts, names, rewriting.'],
  ['Which package?', 'docs/guides/which-package.md', 'by what your program does; sizes, kernels, privileges.'],
  ['Examples', 'examples', 'whole programs, a screen or two each, all of them tested.'],
  ['Side by side', 'docs/side-by-side/README.md', 'the same program with OpenSnitch, CrowdSec, scapy, Go and scripts.'],
  ['Reference', '.cache/site/reference/index.md', 'every function and type, by what is imported.'],
  ['Behaviour', 'docs/behaviour.md', 'what kernels do, statement by statement, shown on each of them.'],
  ['Performance', 'docs/performance.md', 'measured against C references in one run, with the method.'],
  ['Security', 'SECURITY.md', 'what an outsider can do, what bounds it, and how to report.'],
]

/** Take the home page's texts out of the README. Throws when it has none of them any more. */
export function introductionOf(readme: string): Introduction {
  const take = (pattern: RegExp, what: string): string => {
    const found = pattern.exec(readme)?.[1]?.trim()
    if (!found) throw new Error(`README.md has no ${what} for the home page`)
    return found
  }
  const section = (title: string) =>
    take(new RegExp(`^(## ${title}\n[\\s\\S]*?)(?=^## |\n\n\\[)`, 'm'), `section "${title}"`)
  return {
    claim: take(/^\*\*(.+)\.\*\*$/m, 'claim in bold'),
    purpose: take(/^\*\*.+\*\*\n([\s\S]*?)\n\n/m, 'purpose'),
    snippet: take(/(^```ts[\s\S]*?)(?=^## )/m, 'snippet'),
    fit: section('Is it for you\\?'),
    trust: section('Why trust it'),
  }
}

/** The home page: what it is and for whom, a snippet, and where to go. */
export function home(playground: boolean): Page {
  const { claim, purpose, snippet, fit, trust } = introductionOf(read('README.md'))
  const list = ways.map(([title, target, about]) => `- [${title}](${target})\n  ${about}`).join('\n')
  const actions = [
    '[A first filter](docs/guides/first-filter.md)',
    '[Which package?](docs/guides/which-package.md)',
    playground ? '[Playground](/playground/){target="_self"}' : '[Examples](examples)',
  ]
  const opening = `# nfkit\n\n${claim}.\n{.claim}\n\n${purpose}\n{.purpose}\n\n${actions.map((one) => `- ${one}`).join('\n')}\n{.actions}`
  return {
    source: 'README.md',
    route: 'index.md',
    text: [opening, snippet, `## Where to go\n\n${list}\n{.cards}`, fit, trust].join('\n\n'),
    settings: {
      pageClass: 'home',
      sidebar: false,
      aside: false,
      editLink: false,
      prev: false,
      next: false,
      titleTemplate: false,
      title: 'nfkit',
    },
  }
}

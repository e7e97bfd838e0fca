/** What runs JavaScript here: Node.js, and what else is installed for tests. */
import { fileURLToPath } from 'node:url'

const inModules = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))

/** The words that run a program, by the name of what runs it. */
export const runtimes = {
  node: [process.execPath, '--enable-source-maps'],
  bun: [inModules('bun/bin/bun')],
  deno: [inModules('deno/deno'), 'run', '--quiet', '--allow-all'],
}

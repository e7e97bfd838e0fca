/** What runs JavaScript here: Node.js, and what else is installed for tests. */
import { fileURLToPath } from 'node:url'

const inModules = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))

/** The words that run a program, by the name of what runs it. */
export const runtimes = {
  node: [process.execPath, '--enable-source-maps'],
  bun: [inModules('bun/bin/bun'), '--bun'],
  deno: [inModules('deno/deno'), 'run', '--quiet', '--allow-all'],
}

/** Unit tests that cannot hold under a runtime, by their files, and why. */
export const leftOut = {
  bun: {},
  deno: {},
}

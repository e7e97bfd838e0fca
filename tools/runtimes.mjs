/** What runs JavaScript here: Node.js, and what else is installed for tests. */
import { fileURLToPath } from 'node:url'

const inModules = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))

/** The words that run a program, by the name of what runs it. */
export const runtimes = {
  node: [process.execPath, '--enable-source-maps'],
  bun: [inModules('bun/bin/bun'), '--bun'],
  deno: [inModules('deno/deno'), 'run', '--quiet', '--allow-all'],
}

/**
 * Unit tests that cannot hold under a runtime, by their titles, and why: what is said there shows without our code, too. `npm run test:runtimes` runs all
 * others, and fails where one that is named here is not there.
 */
export const leftOut = {
  bun: {
    'reads no other requests than the reader':
      "it compares with Node's HTTP parser, where Bun 1.4 drops what follows a request of HTTP/1.0 in the same segment and emits no clientError",
    'options that Node does not have are refused with its error': 'Bun 1.4 starts a Worker with any execArgv',
    'the compliance suite runs under node:test, without vitest': 'Bun 1.4 takes no notice of the option --test',
    'and fails there where a transport breaks a promise': 'Bun 1.4 takes no notice of the option --test',
  },
  deno: {
    'is told as stuck at once, and replaced when the call returns':
      'Deno 2.9 says of a Worker that it has ended while its thread is in a system call',
    'the compliance suite runs under node:test, without vitest': 'Deno 2.9 has no option --test',
    'and fails there where a transport breaks a promise': 'Deno 2.9 has no option --test',
  },
}

// Workers for tests on the real kernel: each file has a process of its own, inside a network namespace of its own.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ForksPoolWorker } from 'vitest/node'

/** What is run in place of Node. */
const program = fileURLToPath(new URL('namespace-node.sh', import.meta.url))
const environment = { NFKIT_NODE: process.execPath }

/** Why no namespace can be made here, or `undefined`. */
export function obstacle() {
  const { status } = spawnSync(program, ['--version'], { env: { ...process.env, ...environment } })
  return status === 0
    ? undefined
    : 'no network namespace can be made: run as root, or allow unprivileged user namespaces'
}

class NamespaceWorker extends ForksPoolWorker {
  name = 'namespace'

  constructor(options) {
    super({ ...options, env: { ...options.env, ...environment } })
  }

  /** Forked at once, from what this process says it runs. */
  start() {
    const { execPath } = process
    process.execPath = program
    try {
      return super.start()
    } finally {
      process.execPath = execPath
    }
  }
}

export const namespacePool = { name: 'namespace', createPoolWorker: (options) => new NamespaceWorker(options) }

/** Where programs are compared. `orders` are those of `inside.mjs`, and `hear` gets each line that it prints. */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bundle } from '../tools/behaviour/bundle.mjs'
import { runInGuest } from '../tools/vm/guest.mjs'
import { prepare } from '../tools/vm/prepare.mjs'

const program = 'differ/inside.mjs'
/** A table of both versions of IP has extensions that are loaded already: the kernel asks for them by the name of one version. */
const extensions = ['xt_NFQUEUE', 'xt_mark', 'xt_connmark', 'xt_conntrack', 'xt_comment']
const root = fileURLToPath(new URL('../', import.meta.url))
const agent = fileURLToPath(new URL('../test/behaviour/world/agent.py', import.meta.url))
/** Beyond the time that programs get: for the last of them, and for starting and ending. */
const moreSeconds = 300

/** On this machine's kernel, in a network namespace that is made for it: as root, or in a user namespace of its own. */
export async function onThisKernel(orders, hear) {
  await run(['unshare', process.getuid() === 0 ? '-n' : '-Urn'], { agent, ...orders }, hear)
}

/** On no real kernel: the simulator beside itself as another. */
export async function onSimulator(simulator, orders, hear) {
  await run([], { simulator, ...orders }, hear)
}

async function run(prefix, orders, hear, what = program) {
  const node = [process.execPath, '--enable-source-maps', await bundle(what), JSON.stringify(orders)]
  const [command, ...args] = [...prefix, ...node]
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: orders.milliseconds + 1000 * moreSeconds,
  })
  createInterface({ input: child.stdout }).on('line', hear)
  await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

/** On a Debian kernel in a virtual machine, which is slow: what the simulator says is found out here. */
export async function onDebian(kernel, orders, hear) {
  const file = await bundle(program)
  const { release } = prepare(kernel)
  const foretold = join(dirname(file), 'foretold')
  const all = { agent, release, foretold, ...orders }
  await run([], all, hear, 'differ/foretold/write.mjs')
  let rest = ''
  await runInGuest(`exec unshare -n node --enable-source-maps ${file} '${JSON.stringify(all)}'`, {
    kernel,
    directory: root,
    timeoutSeconds: orders.milliseconds / 1000 + moreSeconds,
    modules: ['nfnetlink_queue', 'nf_conntrack_netlink', ...extensions],
    onOutput: (text) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()
      for (const line of lines) hear(line)
    },
  })
}

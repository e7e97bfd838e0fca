/** Where the behavioural suite runs; `command` is what runs it. Each function resolves to columns `{ title, statements, results }`. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runInGuest } from '../vm/guest.mjs'
import { prepare } from '../vm/prepare.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const limitSeconds = 1200

/** On the simulator, as each kernel it can be. */
export async function onSimulator(command, file, only) {
  const output = await output_([...command, file, '--simulator', ...selection(only)])
  return reports(output).map(({ profile, statements, results }) => ({
    title: `simulator ${profile.replace('debian-', '')}`,
    statements,
    results,
  }))
}

/** On this machine's kernel, in a network namespace that is made for it: as root, or in a user namespace of its own. */
export async function onThisKernel(command, file, only) {
  const namespace = process.getuid() === 0 ? '-n' : '-Urn'
  const output = await output_(['unshare', namespace, ...command, file, ...selection(only)])
  return reports(output).map(({ release, statements, results }) => ({
    title: `Linux ${plain(release)}`,
    statements,
    results,
  }))
}

/** On a stock Debian kernel in a virtual machine. */
export async function onDebian(file, kernel, only) {
  const { made } = prepare(kernel)
  let output = ''
  const quoted = selection(only).map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
  const { code, bootSeconds, commandSeconds } = await runInGuest(
    // An emulated processor is slow: what a scenario left behind may still come in the next.
    ['exec unshare -n node --enable-source-maps', file, '--twice', ...quoted].join(' '),
    {
      kernel,
      directory: root,
      timeoutSeconds: limitSeconds,
      modules: ['nfnetlink_queue', 'nf_conntrack_netlink', 'br_netfilter'],
      onOutput: (text) => {
        output += text
      },
    },
  )
  if (code !== 0) throw new Error(`kernel ${kernel}: the suite ended with ${code}\n${output.slice(-3000)}`)
  const title = `Debian ${plain(made.split(' ').at(-1))}`
  const seconds = { bootSeconds, commandSeconds }
  return reports(output).map(({ statements, results }) => ({ title, statements, results, seconds }))
}

const selection = (only) => (only === undefined ? [] : ['--only', only])

/** A release without what a distributor added. */
const plain = (release) => /^\d+\.\d+(\.\d+)?/.exec(release)[0]

/** Reports are lines of JSON; whatever else was printed is passed on. */
function reports(output) {
  const found = []
  for (const line of output.split('\n')) {
    if (line.startsWith('{"profile"')) found.push(JSON.parse(line))
    else if (line.trim() !== '') console.error(line)
  }
  if (found.length === 0) throw new Error('the suite reported nothing')
  return found
}

function output_([command, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: limitSeconds * 1000,
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${command} ended with ${code}\n${output.slice(-3000)}`))
    })
  })
}

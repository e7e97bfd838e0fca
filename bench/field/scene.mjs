import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { shell } from '../namespace.mjs'

/** A clock that all processes share, in milliseconds. */
export const now = () => Number(process.hrtime.bigint()) / 1e6

/** A client and a server, which reach each other through here. */
export function prepare() {
  shell(`ip netns add client; ip netns add server; sysctl -qw net.ipv4.ip_forward=1
    for n in client:1 server:2; do
      name=\${n%%:*}; net=10.97.\${n##*:}
      ip link add f-$name type veth peer name eth0 netns $name
      ip addr add $net.1/24 dev f-$name; ip link set f-$name up
      ip -n $name addr add $net.2/24 dev eth0; ip -n $name link set eth0 up; ip -n $name link set lo up
      ip -n $name route add default via $net.1
    done
    ip -n client addr add 10.97.1.3/24 dev eth0`)
}

export const addresses = { here: '10.97.1.1', client: '10.97.1.2', server: '10.97.2.2' }

/** A host in a namespace; `undefined` for this one. */
export async function host(namespace) {
  const program = [process.execPath, `${import.meta.dirname}/host.mjs`]
  const [command, ...args] = namespace ? ['ip', 'netns', 'exec', namespace, ...program] : program
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map()
  let id = 0
  const ready = new Promise((resolve) => waiting.set(0, resolve))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, answer } = JSON.parse(line)
    waiting.get(id)?.(answer)
    waiting.delete(id)
  })
  const ask = (what, to) =>
    new Promise((resolve) => {
      waiting.set(++id, resolve)
      child.stdin.write(`${JSON.stringify({ id, do: what, ...to })}\n`)
    })
  await ready
  return {
    attempts: (to, count) => ask('attempts', { ...to, count }),
    /** A connection that says something each 5 ms. */
    async stream(to) {
      await ask('stream', to)
      const of = id
      await sleep(300)
      return { last: () => ask('last', { of }), end: () => ask('end', { of }) }
    },
    close: () => child.stdin.end(),
  }
}

/** A program, once it has printed something. */
export async function program(argv, printed) {
  const child = spawn(argv[0], argv.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] })
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      out += text
    })
  const ended = once(child, 'exit')
  while (printed && !out.includes(printed)) {
    if (child.exitCode !== null) throw new Error(`${argv.join(' ')} has ended: ${out}`)
    await sleep(10)
  }
  const end = async (signal) => {
    child.kill(signal)
    await ended
  }
  return { kill: () => end('SIGKILL'), stop: () => end('SIGINT'), signal: (signal) => child.kill(signal) }
}

/** Waits until it holds; rejects after a minute. */
export async function until(holds, what) {
  for (const start = now(); !(await holds()); await sleep(20))
    if (now() - start > 60_000) throw new Error(`waited in vain: ${what}`)
}

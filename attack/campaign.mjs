import { spawn } from 'node:child_process'
import { programOf } from './programs/index.mjs'

/** How long one program may take before its process is taken for stuck. */
const stuckMilliseconds = 60_000

const subject = new URL('./subject/main.mjs', import.meta.url).pathname

/** The command that runs a program; where it shall have little, that is said before. */
function commandOf(orders) {
  const { limits } = orders.program ?? programOf({ ...orders, index: orders.from })
  const node = [process.execPath, '--expose-gc', '--no-warnings', subject, JSON.stringify(orders)]
  return limits ? ['prlimit', `--nofile=${limits.nofile}`, '--', ...node] : node
}

/** Runs the programs from one index on in a process; resolves to how far it came. */
function sortie(orders, hear) {
  return new Promise((resolve) => {
    const [command, ...args] = commandOf(orders)
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    let begun = { index: orders.from }
    let done = orders.from
    let found = []
    let timer
    const wind = () => {
      clearTimeout(timer)
      timer = setTimeout(() => child.kill('SIGKILL'), stuckMilliseconds)
    }
    wind()
    child.on('message', (message) => {
      wind()
      if (message.begins) begun = message
      else {
        done = message.index + 1
        found = message.findings
        hear(message)
      }
    })
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      const index = begun.index
      if (done > index) return resolve(done)
      const what = signal === 'SIGKILL' ? 'the process is stuck' : 'the process ended'
      hear({ index, packets: 0, findings: [...found, { what, detail: `code ${code}, signal ${signal}` }] })
      resolve(index + 1)
    })
  })
}

/** Runs programs until there are no more or time is up; `hear` gets what each found. */
export async function campaign(
  { world, seed, kind, from = 0, programs = Number.POSITIVE_INFINITY, milliseconds, program },
  hear,
) {
  const end = performance.now() + milliseconds
  const chunk = world === 'simulator' ? 200 : 8
  for (let index = from; index < from + programs && performance.now() < end; ) {
    let to = index + 1
    const isLimited = (at) => (program ?? programOf({ world, seed, index: at, kind })).limits !== undefined
    if (!isLimited(index)) while (to < Math.min(index + chunk, from + programs) && !isLimited(to)) to++
    index = await sortie({ world, seed, kind, from: index, to, program }, hear)
  }
}

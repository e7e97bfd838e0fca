import { fork } from 'node:child_process'

/** How long one program may take before its process is taken for stuck. */
const stuckMilliseconds = 60_000

/** Runs the programs from one index on in a process; resolves to how far it came. */
function sortie(orders, hear) {
  return new Promise((resolve) => {
    const child = fork(new URL('./subject/main.mjs', import.meta.url), [JSON.stringify(orders)], { execArgv: [] })
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
    const to = Math.min(index + chunk, from + programs)
    index = await sortie({ world, seed, kind, from: index, to, program }, hear)
  }
}

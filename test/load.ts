import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Sends what is due every millisecond, 100 packets at most, until it is told to stop; prints how many the kernel took. */
const program = `
const socket = require('node:dgram').createSocket('udp4')
const [host, port, perSecond] = process.argv.slice(1)
let [due, sent, pending] = [0, 0, 0]
const start = performance.now()
const timer = setInterval(() => {
  const now = (performance.now() - start) * perSecond / 1000
  if (now - due > 100) due = now - 100
  for (; due < now; due++) {
    pending++
    socket.send('x', port, host, (error) => { pending--; if (!error) sent++ })
  }
}, 1)
process.stdin.on('end', () => {
  clearInterval(timer)
  const told = setInterval(() => {
    if (pending > 0) return
    clearInterval(told)
    console.log(JSON.stringify({ sent }))
    process.exit()
  }, 1)
}).resume()
`

/** UDP packets at a steady rate, as far as the machine can, from a process of its own, which what the test does meanwhile does not hold up. */
export function steadyLoad(host: string, port: number, perSecond: number) {
  const sender = spawn(process.execPath, ['-e', program, host, String(port), String(perSecond)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let printed = ''
  sender.stdout.on('data', (chunk) => {
    printed += chunk
  })
  return {
    /** Ends it; resolves to how many packets the kernel took. */
    async stop(): Promise<{ readonly sent: number }> {
      sender.stdin.end()
      await once(sender, 'close')
      return JSON.parse(printed)
    },
    [Symbol.dispose]: () => void sender.kill('SIGKILL'),
  }
}

import { Worker } from 'node:worker_threads'

/** Longest an input may take. The slowest takes milliseconds. */
const hangSeconds = 20

const watcher = `const { workerData: progress } = require('node:worker_threads')
let last = -1
setInterval(() => {
  if (progress[0] === last) { console.error('input ' + last + ' hangs'); process.kill(process.pid, 'SIGKILL') }
  last = progress[0]
}, ${hangSeconds * 1000})`

/** Ends the process, from a thread of its own, when an input hangs. */
export class Watchdog {
  readonly #progress = new Int32Array(new SharedArrayBuffer(4))
  readonly #worker = new Worker(watcher, { eval: true, workerData: this.#progress })

  /** This input begins. */
  begin(input: number): void {
    this.#progress[0] = input
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

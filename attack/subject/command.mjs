import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { parseQueueStatus, queueStatusPath } from '@nfkit/nfqueue'

const command = new URL('../../apps/nfqueue-test/dist/main.js', import.meta.url).pathname
/** A command that was asked to end has ended by then. */
const farewell = 5_000

/** Runs the command on a live queue: whatever becomes of its output, packets are accepted, and it ends when asked to. */
export async function commandTrial(program, world, trial) {
  const { number } = program
  const streams = {
    full: () => openSync('/dev/full', 'w'),
    null: () => 'ignore',
    stalled: () => 'pipe',
    closed: () => 'pipe',
  }
  const stdio = ['ignore', streams[program.stdout](), streams[program.stderr]()]
  const child = spawn(process.execPath, [command, String(number), '--verdict', 'accept', ...program.arguments], {
    stdio,
  })
  for (const stream of stdio) if (typeof stream === 'number') closeSync(stream)
  if (program.stdout === 'closed') child.stdout.destroy()
  let ended
  child.on('exit', (code, signal) => {
    ended = { code, signal }
  })
  const row = () => parseQueueStatus(readFileSync(queueStatusPath, 'utf8')).find(({ queue }) => queue === number)
  if (!(await trial.until(() => row() || ended, 10_000)) || ended) {
    trial.find('the command does not open its queue', JSON.stringify(ended))
    child.kill('SIGKILL')
    return 0
  }
  const sent = []
  let dropped = 0
  for (const count of program.bursts) {
    const first = await world.send({ queue: number, count, size: 100, pause: true })
    for (let i = 0; i < count; i++) sent.push(first + i)
    await trial.until(() => !row() || row().waiting === 0, 3_000)
    if (ended) break
    const { waiting, queueDropped, socketDropped } = row() ?? {}
    dropped = queueDropped + socketDropped
    if (waiting > 0) {
      trial.find(
        'the command stops judging',
        `${waiting} packets wait, stdout ${program.stdout}, stderr ${program.stderr}`,
      )
      break
    }
  }
  const passed = await world.passed()
  const missing = sent.filter((one) => !passed.get(one)).length
  // Whoever prints for nobody ends: `| head`. The exit code is that of its file.
  const mayEnd = program.stdout === 'closed' && ended?.code === (program.arguments.includes('/dev/full') ? 1 : 0)
  if (ended && !mayEnd)
    trial.find(
      'the command ends by itself',
      `${JSON.stringify(ended)}, stdout ${program.stdout}, stderr ${program.stderr}`,
    )
  else if (!ended && missing > dropped && !world.blind)
    trial.find('the command loses packets', `${missing} of ${sent.length}, ${dropped} counted by the kernel`)
  child.kill(program.signal)
  if (!(await trial.until(() => ended, farewell))) {
    trial.find('the command does not end', `${program.signal}, stdout ${program.stdout}, stderr ${program.stderr}`)
    child.kill('SIGKILL')
    await trial.until(() => ended, 2_000)
  }
  return sent.length
}

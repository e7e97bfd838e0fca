import { setTimeout as sleep } from 'node:timers/promises'
import { now, until } from './scene.mjs'

const patience = 4_000

/** Whether a connection goes on, and else how long it did from a moment on. */
async function goesOn(stream, since) {
  await sleep(patience)
  const last = await stream.last()
  await stream.end()
  return now() - last < 1_000 ? 'goes on' : `ends after ${Math.max(0, Math.round(last - since))} ms`
}

/** What becomes of connections when the policy changes, and when the program is killed, or killed and started again. */
export async function measure({ name, start, dialler, allowed, forbidden, forbid, permit }) {
  const refused = async () => (await dialler.attempts({ ...forbidden, milliseconds: 300 }, 1)) === 0
  const passes = async () => (await dialler.attempts(allowed, 1)) === 1
  let running = await start()
  await until(async () => (await refused()) && (await passes()), `${name} to judge`)
  const row = { name }

  const changed = await dialler.stream(allowed)
  const since = now()
  await forbid(running)
  row['policy change: a connection that is forbidden now'] = await goesOn(changed, since)
  await permit(running)
  await until(passes, `${name} to permit again`)

  const there = await dialler.stream(allowed)
  const killed = now()
  await running.kill()
  row['kill -9: new connections that were allowed'] = `${await dialler.attempts(allowed, 100)} of 100 pass`
  row['kill -9: new connections that were forbidden'] = `${await dialler.attempts(forbidden, 100)} of 100 pass`
  row['kill -9: a connection that is there'] = await goesOn(there, killed)

  running = await start()
  await until(async () => (await refused()) && (await passes()), `${name} to judge again`)
  const through = await dialler.stream(allowed)
  let [passed, lastPassed] = [0, 0]
  let isOver = false
  const begun = now()
  const trying = (async () => {
    for (; !isOver; await sleep(20)) {
      if (await refused()) continue
      passed++
      lastPassed = now()
    }
  })()
  await running.kill()
  running = await start()
  await until(passes, `${name} to let pass again`)
  const reached = now()
  await sleep(8_000)
  isOver = true
  await trying
  row['kill -9 and start: forbidden connections meanwhile'] =
    passed === 0 ? 'none pass' : `${passed} pass, the last after ${Math.round(lastPassed - begun)} ms`
  row['kill -9 and start: allowed ones pass again'] = `after ${Math.round(reached - begun)} ms`
  row['kill -9 and start: a connection that is there'] = await goesOn(through, begun)
  await running.stop()
  return row
}

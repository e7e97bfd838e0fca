import { fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../attack/random.mjs'
import { accountOf, balance, connectionsAt, keepAccount, lostAt, remains, unreadAt } from './account.mjs'
import { Acts } from './acts.mjs'
import { makeBed } from './bed.mjs'
import { Broker, openOps, servers } from './fleet.mjs'
import { Gates } from './gates.mjs'
import { held, leaking, Memory, measuring } from './memory.mjs'
import { HostProgram, otherProcesses, programOf } from './processes.mjs'

/** A run stops when so much has gone wrong. */
const mostFailures = 20
/** How often memory is looked at; before each look, traffic pauses for a minute. Shorter runs do not look. */
const looks = 6
const shortestMinutes = 12
/** How long the kernel may take to forget connections that are over. */
const forgetting = 60_000

/** Resolves to how much did not hold: each is told at once, with when. */
export async function soak({ minutes, seed, rate, record }) {
  const begun = performance.now()
  const elapsed = () => `${((performance.now() - begun) / 1_000).toFixed(1)} s`
  let failures = 0
  const fail = (what) => {
    failures++
    console.log(`FAILED: ${elapsed()}, seed ${seed}: ${what}`)
  }
  const memory = new Memory(record)
  const random = new Random(seed)

  const control = fork(programOf('leaking'), { execArgv: measuring })
  control.on('message', (held) => memory.add(leaking, held))
  const bed = await makeBed()
  for (const gate of [bed.here, bed.second]) keepAccount(gate)
  const server = await HostProgram.start('server', bed.server, [], fail)
  const broker = new Broker()
  await broker.start()
  const ops = await openOps()

  const gates = new Gates(memory, fail, (what) => console.log(`${elapsed()}: ${what}`))
  await gates.open(bed, servers, ops.key)
  const stage = { gates, broker, random, author: ops.author, client: { ask: async () => {} } }
  const acts = new Acts(stage)
  await acts.policy()
  stage.client = await HostProgram.start('client', bed.client, [seed, rate], fail)
  await acts.policy()

  const betweenLooks = minutes < shortestMinutes ? Number.POSITIVE_INFINITY : (minutes * 60_000) / looks
  const look = async () => {
    await stage.client.ask('pause')
    memory.begin()
    for (let i = 0; i < 4; i++) {
      await sleep(2_000)
      memory.add('supervisor', await held())
    }
    memory.end()
  }
  const end = performance.now() + minutes * 60_000
  let nextLook = performance.now() + betweenLooks
  for (let told = 0; performance.now() < end && failures < mostFailures; ) {
    await within(acts.some(), 120_000, fail)
    await sleep(500 + random.below(2_500))
    if (performance.now() > nextLook && nextLook < end) {
      await look()
      await stage.client.ask('resume')
      nextLook += betweenLooks
    }
    if (performance.now() - begun > told + 60_000) {
      told = performance.now() - begun
      console.log(`${elapsed()}: ${JSON.stringify(acts.counts)}, ${failures} failures`)
    }
  }

  if (minutes >= shortestMinutes) await look()
  const { sent, outcomes, longest, said } = await stage.client.ask('end')
  await sleep(2_000)
  const { received, twice } = await server.ask(undefined)
  const lost = lostAt(bed.here) + lostAt(bed.second)
  const [here, second, unread] = [accountOf(bed.here), accountOf(bed.second), unreadAt(bed.server)]
  const account = balance({ sent, received, twice, here, second, lost, unread })
  for (const failure of account.failures) fail(failure)

  control.disconnect()
  await gates.close()
  await stage.client.end()
  await server.end()
  await ops.close()
  await broker.end()
  for (const name of ['here', 'second']) for (const one of await remains(name, bed[name])) fail(one)
  for (const name of ['here', 'second']) {
    const start = performance.now()
    let known = await connectionsAt(bed[name])
    for (; known.length > 0 && performance.now() - start < forgetting; known = await connectionsAt(bed[name]))
      await sleep(500)
    if (known.length > 0) fail(`${name}: the kernel still knows ${known.length} connections: ${known[0].text}`)
  }
  for (const host of Object.values(bed)) host.end()
  await sleep(200)
  for (const one of otherProcesses(new Set([String(process.pid)]))) fail(`a process is left: ${one}`)
  const grown = memory.report()
  for (const failure of grown.failures) fail(failure)

  console.log(`soak: ${minutes} minutes, seed ${seed}: ${JSON.stringify(acts.counts)}, ${gates.killed} workers died`)
  console.log(`soak: ${account.line}`)
  console.log(
    `soak: connections ${JSON.stringify(outcomes)}; the longest that has passed took ${longest.toFixed(0)} ms; ${said} bytes over those that last`,
  )
  for (const line of grown.lines) console.log(`soak: ${line}`)
  return failures
}

/** Does not wait for ever, nor reject. */
async function within(work, milliseconds, fail) {
  let late
  const tooLate = new Promise((resolve) => {
    late = setTimeout(() => resolve(fail('an act takes too long')), milliseconds)
  })
  await Promise.race([work.catch((error) => fail(error.message)), tooLate])
  clearTimeout(late)
}

// A family's filter by name: what a device may see, and until when. The name is that of the hello of TLS or QUIC, wherever segments, records and datagrams
// cut it. When a rule changes, or it is bedtime, connections that are there are judged again by the name they were made with.
// Tested on a real kernel, too. Run it on the gateway:
//
//   echo '{ "ada": { "devices": ["192.168.1.20"], "blocked": ["social.example"], "bed": "20:30", "up": "06:30" } }' > family.json
//   node examples/field/family-filter.mjs family.json       (and after a change: kill -HUP)
import { readFileSync } from 'node:fs'
import { openFirewall } from '@nfkit/firewall'

const minutesOf = (text) => {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(text) ?? []
  if (hours === undefined) throw new TypeError(`"${text}" is no time: write it as 20:30`)
  return 60 * hours + Number(minutes)
}

/** Whether it is this person's time to sleep: from `bed` until `up`, over midnight where `bed` is the later. */
export function isAsleep({ bed, up }, now) {
  if (bed === undefined) return false
  const [from, to, at] = [minutesOf(bed), minutesOf(up), 60 * now.getHours() + now.getMinutes()]
  return from < to ? from <= at && at < to : from <= at || at < to
}

/** Whether a name is on a list, by itself or below a listed one. */
const isListed = (list, name) => list.some((one) => name === one || name.endsWith(`.${one}`))

/** A judge of a family's rules. Other devices pass. What says no name is refused: a browser tries again in a way that does. */
export function judgeOf(family, now = () => new Date()) {
  const people = Object.values(family)
  const byDevice = new Map(people.flatMap((person) => person.devices.map((device) => [device, person])))
  return async (connection) => {
    const person = byDevice.get(connection.source?.address)
    if (person === undefined) return 'accept'
    // Listened to first: at bedtime and in the morning it is the same connection, and has one name.
    const name = (await connection.hello())?.serverName
    if (name === undefined || isAsleep(person, now())) return 'reject'
    return isListed(person.blocked ?? [], name) ? 'reject' : 'accept'
  }
}

/** Opens the filter. `change` puts other rules in force; `tick` those of another minute. Both resolve when no packet passes by the old ones. */
export async function filter(family, { now = () => new Date(), ...options }) {
  let people = family
  let judge = judgeOf(people, now)
  const asleep = () =>
    Object.keys(people)
      .filter((one) => isAsleep(people[one], now()))
      .join()
  let sleeping = asleep()
  const firewall = await openFirewall({
    name: 'family',
    hooks: ['forward'],
    match: ['tcp dport 443', 'udp dport 443'],
    // Killed, it lets nothing new pass.
    absent: 'drop',
    judge: (connection) => judge(connection),
    ...options,
  })
  const again = () => {
    sleeping = asleep()
    return firewall.reconsider()
  }
  return {
    firewall,
    change(next) {
      judge = judgeOf(next, now)
      people = next
      return again()
    },
    /** Nothing is judged again while the same people are awake. */
    tick: () => (asleep() === sleeping ? undefined : again()),
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const read = () => JSON.parse(readFileSync(process.argv[2], 'utf8'))
  const { firewall, change, tick } = await filter(read(), { transport: openMnl })
  const tell = (error) => console.error(error.message)
  firewall.on('judged', ({ connection, verdict }) =>
    console.log(`${connection}: ${connection.name ?? 'no name'}: ${verdict}`),
  )
  firewall.on('trouble', tell)
  const clock = setInterval(() => tick()?.catch(tell), 10_000)
  process.on('SIGHUP', async () => {
    try {
      await change(read())
    } catch (error) {
      tell(error)
    }
  })
  process.once('SIGINT', () => {
    clearInterval(clock)
    return firewall.close()
  })
  console.log('judging')
}

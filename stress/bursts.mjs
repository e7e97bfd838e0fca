import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { procLine, queued, settledAccounts } from './accounts.mjs'
import { Sender } from './sender.mjs'

/** What a netlink socket has when nobody asks for more (net.core.rmem_default). */
const defaultBuffer = 212_992
const perBurst = 600

/** Floods a queue at the system's default buffers, `count` times, while its program is too busy to read. */
export async function bursts(count) {
  if (count === 0) return []
  const failures = []
  const queue = await openQueue(openMnl(), {
    number: 7,
    conntrack: 'off',
    receiveBuffer: defaultBuffer / 2,
    maxLength: 1024,
  })
  let lostEvents = 0
  queue.on('lost', ({ packets }) => (lostEvents += packets))
  queue.on('trouble', (error) => failures.push(`trouble: ${error.message}`))
  queue.run((packet) => (packet.id % 3 === 0 ? packet.drop() : packet.accept()))

  const sender = new Sender()
  let survived = 0
  for (let i = 0; i < count; i++) {
    const burst = sender.send(perBurst)
    // Nothing is read meanwhile: the socket overflows.
    const busy = performance.now() + 5
    while (performance.now() < busy);
    await burst
    const account = await settledAccounts(queue)
    if (account.missing === 0 && account.pending === 0 && account.answersLost === 0) survived++
    else failures.push(`burst ${i + 1}: packets unaccounted for: ${JSON.stringify(account)}`)
    if (failures.length > 5) break
  }
  const sent = queued()
  const stats = queue.stats()
  const proc = procLine(7)
  sender.end()
  await queue.close()
  console.log(
    `bursts: ${survived} of ${count} survived; sent ${sent} = ${stats.verdicts.accept} accepted + ${stats.verdicts.drop} dropped by verdict + ${stats.socketDropped} lost to the socket (${lostEvents} told by id gaps) + ${proc.queueDropped} lost to the full queue`,
  )
  if (stats.socketDropped === 0) failures.push('no burst overflowed the socket: this run proves nothing')
  return failures
}

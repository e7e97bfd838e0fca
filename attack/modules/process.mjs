// A process of a cluster under attack: `NFKIT_ATTACK` says which queue it has, what ails it, and where it notes what it sees.
import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { Tap } from '../subject/tap.mjs'
import { handlerOf, witnessOf } from './ills.mjs'

const { number, ill, every, log, onUnjudged, deadlineMilliseconds } = JSON.parse(process.env.NFKIT_ATTACK)
const { transport } = new Tap(openMnl(), witnessOf(log, process.pid))

try {
  const queue = await openQueue(transport, { number, conntrack: 'off', onUnjudged, deadlineMilliseconds })
  process.on('message', async (what) => {
    process.send({ stats: queue.stats() })
    if (what !== 'close') return
    await queue.close()
    process.disconnect()
  })
  queue.on('unjudged', () => {})
  queue.run(handlerOf(ill, every))
  process.send({ opened: number })
} catch (error) {
  process.send({ failed: `${error?.name}: ${error?.message}` }, () => process.exit(1))
}

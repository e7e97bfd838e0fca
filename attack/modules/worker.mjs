// The module of a pool under attack: `?ill=…&every=…` in its URL says what ails it, `log` where it notes what it sees.
import { parentPort } from 'node:worker_threads'
import { openMnl } from '@nfkit/mnl-native'
import { Tap } from '../subject/tap.mjs'
import { handlerOf, witnessOf } from './ills.mjs'

const given = new URL(import.meta.url).searchParams
const ill = given.get('ill')
const witness = witnessOf(given.get('log'), 'pool')

const noise = (packet) => {
  parentPort.postMessage(null)
  parentPort.postMessage('attack')
  packet.accept()
}

if (ill === 'timer') setInterval(() => {}, 1_000)
if (ill === 'failsToLoad') throw new Error('attack: no module')
if (ill === 'neverLoads') await new Promise((resolve) => setTimeout(resolve, 2 ** 30))

export const transport = () => new Tap(openMnl(), witness).transport
export const options = {
  conntrack: 'off',
  onUnjudged: given.get('onUnjudged'),
  deadlineMilliseconds: Number(given.get('deadline')),
}

export default handlerOf(ill, Number(given.get('every')), { noise })

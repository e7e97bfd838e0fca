/** Receives without end, in a worker or a process: each batch asks for the next. Says when it is under way. */
import { parentPort } from 'node:worker_threads'
import { openMnl } from '../../src/index.ts'
import { requests } from '../request.ts'
import { asTold } from '../wake-up.ts'

const storm = requests(200)
let batches = 0

for (let i = 0; i < 3; i++) {
  const transport = openMnl({ slots: 16, ...asTold })
  transport.receive({
    batch(batch) {
      if (batches % 7 !== 0) batch.release()
      if (++batches === 100) {
        parentPort?.postMessage('flooding')
        console.log('flooding')
      }
      transport.send(storm)
    },
    error() {},
  })
  transport.send(storm)
  console.log(`port ${transport.portId}`)
}

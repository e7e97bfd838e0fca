/** Ends itself from within a batch, with other sockets open, one of them paused. */
import { openMnl } from '../../src/index.ts'
import { request } from '../request.ts'
import { asTold } from '../wake-up.ts'

let batches = 0
for (let i = 0; i < 5; i++) {
  const transport = openMnl(asTold)
  transport.receive({
    batch(batch) {
      batch.release()
      if (++batches === 40) process.exit(7)
      transport.send(request())
    },
    error() {},
  })
  transport.send(request())
  if (i === 4) transport.pause()
}

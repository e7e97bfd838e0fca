/** Ends itself from within a batch, with other sockets open, one of them paused. */
import { openMnl } from '../../src/index.ts'
import { request } from '../request.ts'

let batches = 0
for (let i = 0; i < 5; i++) {
  const transport = openMnl()
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

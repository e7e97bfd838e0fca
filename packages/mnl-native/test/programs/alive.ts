/** Nothing but a transport keeps this process alive: first receiving, then paused. It ends when that is closed. */
import { openMnl } from '../../src/index.ts'
import { request } from '../request.ts'
import { asTold } from '../wake-up.ts'

const transport = openMnl(asTold)
let answers = 0
transport.receive({
  batch(batch) {
    batch.release()
    console.log(`answer ${++answers}`)
    if (answers === 2) return transport.close()
    transport.pause()
    setTimeout(() => {
      transport.resume()
      setTimeout(() => transport.send(request()), 50).unref()
    }, 50).unref()
  },
  error() {},
})
setTimeout(() => transport.send(request()), 50).unref()

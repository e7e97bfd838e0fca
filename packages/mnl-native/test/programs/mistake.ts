/** A receiver throws, and nobody listens for uncaught exceptions. */
import { openMnl } from '../../src/index.ts'
import { request } from '../request.ts'
import { asTold } from '../wake-up.ts'

const transport = openMnl(asTold)
transport.receive({
  batch() {
    throw new Error('a mistake in a receiver')
  },
  error() {},
})
transport.send(request())

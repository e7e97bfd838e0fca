/** A receiver throws, and nobody listens for uncaught exceptions. */
import { openMnl } from '../../src/index.ts'
import { request } from '../request.ts'

const transport = openMnl()
transport.receive({
  batch() {
    throw new Error('a mistake in a receiver')
  },
  error() {},
})
transport.send(request())

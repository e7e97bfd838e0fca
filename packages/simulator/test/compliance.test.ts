import { compliance } from '@nfkit/netlink-transport/compliance'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'
import { attribute, message } from './talk.ts'

const pfBind = message(0x302, { flags: 0 }, attribute(1, '03000002'))

for (const sharedTurns of [false, true])
  compliance(
    sharedTurns ? 'the simulator, where deliveries share turns' : 'the simulator',
    () => {
      const kernel = new SimulatedKernel({ sharedTurns })
      const transport = kernel.connect()
      return {
        transport,
        request: pfBind,
        heir: () => transport.heir(),
        intrude: (portId, datagram) => {
          const stranger = kernel.socket({ processId: 77 })
          stranger.bind()
          stranger.send(datagram, portId)
          stranger.close()
        },
      }
    },
    { describe, test, beforeEach, afterEach },
  )

import { createInterface } from 'node:readline'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { openFirewall } from '../../../firewall/src/index.ts'
import { openMnl } from '../../../mnl-native/src/index.ts'
import { openGate } from '../../src/index.ts'
import { jetStreamLog } from '../../src/jetstream.ts'

/**
 * A gate in a process of its own, over the kernel of a network namespace. It prints a line for each batch that is in force, with the time of a clock that all processes
 * share, and what it has counted when it is asked.
 */
const [netns, servers, stream, publicKey] = process.argv.slice(2) as [string, string, string, string]
const say = (what: object) => console.log(JSON.stringify({ at: Number(process.hrtime.bigint()) / 1e6, ...what }))

const firewall = await openFirewall({
  transport: () => openMnl({ netns }),
  ...{ name: 'fleet', hooks: ['input'], match: 'meta l4proto 255', absent: 'drop', judge: () => 'accept' },
})
const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100 })
const log = jetStreamLog({
  jetstream: jetstream(connection),
  manager: await jetstreamManager(connection),
  ...{ stream, subject: `fleet.${stream}` },
})
const gate = openGate({
  ...{ fleet: stream, keys: { ops: publicKey }, log },
  target: {
    async block(where, options) {
      await firewall.block(where, options)
      say({ blocked: where.length, first: where[0] })
    },
    allow: (where, options) => firewall.allow(where, options),
    async unlist(where) {
      await firewall.unlist(where)
      say({ unlisted: where.length, first: where[0] })
    },
  },
  policy: (name, value) => say({ policy: name, value }),
})
gate.on('caughtUp', ({ place }) => say({ caughtUp: place }))
gate.on('trouble', (error) => console.error(error.message))
createInterface({ input: process.stdin })
  .on('line', () => say({ stats: gate.stats(), rss: process.memoryUsage.rss() }))
  .on('close', () => process.exit())
say({ open: true })

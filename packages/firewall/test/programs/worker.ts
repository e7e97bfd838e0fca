import { writeFileSync } from 'node:fs'
import { openMnl } from '@nfkit/mnl-native'
import { succeed } from '../../../handover/src/index.ts'
import { type FirewallHandover, openFirewall } from '../../src/index.ts'

/** A firewall in a worker's process, which writes down which connections it was asked about: by their address, in the folder of its first argument. */
const [folder] = process.argv.slice(2)
const asked: string[] = []

await succeed<FirewallHandover>(async ({ fd, state, orphans }) => {
  const firewall = await openFirewall({
    transport: openMnl,
    name: 'handed',
    hooks: ['input'],
    match: ['udp dport 5354', 'tcp dport 5355'],
    loopback: 'judge',
    absent: 'accept',
    ...{ maxLength: 16_384, undecided: 131_072 },
    judge: ({ destination, protocol }) => {
      asked.push(`${protocol} ${destination?.address}`)
      return 'accept'
    },
    sockets: { queue: openMnl({ fd: fd('queue') }), rules: openMnl({ fd: fd('rules') }) },
    handover: state,
    orphans: orphans === 'repeat' ? 'repeat' : 'accept',
  })
  firewall.on('trouble', (error) => console.error(error))
  return async (options) => {
    const left = await firewall.handOver(options)
    setImmediate(() => writeFileSync(`${folder}/${process.pid}`, asked.join('\n')))
    return left
  }
})

import { openMnl } from '@nfkit/mnl-native'
import { expect, test } from 'vitest'
import { freshHost, sh, tcpExchange } from '../../../test/host.ts'
import { openFirewall } from '../src/index.ts'

test('first', async () => {
  freshHost()
  const seen: string[] = []
  const firewall = await openFirewall({
    transport: () => openMnl(), name: 'first', hooks: ['output'], match: 'tcp dport 4000', absent: 'accept', loopback: 'judge',
    judge: async (connection) => { seen.push(`${connection}`); const o = await connection.owner(); seen.push(JSON.stringify(o, (_, v) => typeof v === 'bigint' ? `${v}` : v)); return "accept" as const },
  })
  firewall.on('trouble', (e) => console.log('trouble', e)).on('failed', (e) => console.log('failed', e)).on('warning', (e) => console.log('warning', e))

  await tcpExchange('127.0.0.1', 4000, Buffer.alloc(100_000), Buffer.alloc(100_000))
  console.log(seen, firewall.stats(), sh('conntrack -L 2>/dev/null'))
  const t = performance.now(); await firewall.reconsider(); console.log(performance.now() - t)
  await tcpExchange('127.0.0.1', 4000, Buffer.alloc(100_000), Buffer.alloc(100_000))
  console.log(firewall.stats())
  await firewall.close()
  expect(sh('nft list tables')).toBe('')
})

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { formatHex } from '@nfkit/inet'
import { nftMessage } from '@nfkit/netlink-codec/nftables'
import { netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { Connection, type Transport } from '@nfkit/netlink-transport'
import { afterEach, expect, test } from 'vitest'
import { Encoding } from '../src/commit/encoding.ts'
import { RuleBatch, table } from '../src/index.ts'

const tables = () => execFileSync('nft', ['list', 'tables']).toString().trim().split('\n')

afterEach(() => {
  execFileSync('nft', ['flush', 'ruleset'])
})

/** The datagram of a batch. */
function datagramOf({ operations }: RuleBatch): Uint8Array {
  let sent: Uint8Array | undefined
  const transport = { portId: 1, sendLimit: 65_536, send: (bytes: Uint8Array) => void (sent = bytes.slice()) }
  const connection = new Connection(transport as unknown as Transport, netfilter(nftMessage))
  const messages = new Encoding({ queue: 'expression', echo: false }).add(operations).map(({ message }) => message)
  connection.transaction(messages, { timeoutMilliseconds: 1 }).catch(() => {})
  return sent!
}

test('a program that is killed leaves no table, a hundred times, and takes no other along', async () => {
  execFileSync('nft', ['add', 'table', 'inet', 'others'])
  const mine = table('inet', 'mine', { owner: true })
  const hex = formatHex(datagramOf(new RuleBatch().add(mine, mine.chain('c', { hook: 'output' }))))
  // The package is built where the socket is; what it sends is made of the sources.
  const program = `
    const { openMnl } = await import('@nfkit/mnl-native')
    openMnl().send(Buffer.from('${hex}', 'hex'))
    console.log('made')
    setInterval(() => {}, 1000)`
  const seen: string[][] = []
  for (let i = 0; i < 100; i++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: join(import.meta.dirname, '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout!, 'data')
    seen.push(tables())
    child.kill('SIGKILL')
    await once(child, 'exit')
    seen.push(tables())
  }
  const [made, gone] = [seen.filter((_, i) => i % 2 === 0), seen.filter((_, i) => i % 2 === 1)]
  expect(new Set(made.map(String))).toEqual(new Set(['table inet others,table inet mine']))
  expect(new Set(gone.map(String))).toEqual(new Set(['table inet others']))
}, 240_000)

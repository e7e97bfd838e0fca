import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { freshHost, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import { buildPool } from './fixtures/built-pool.ts'

test('processes of node:cluster judge a queue each, and one that is killed is replaced', async () => {
  freshHost()
  using built = await buildPool(['cluster'])
  for (const [port, queue] of [
    [5_020, 20],
    [5_021, 21],
  ])
    sh(`iptables -w -A OUTPUT -p udp --dport ${port} -j NFQUEUE --queue-num ${queue}`)
  const primary = spawn(process.execPath, [fileURLToPath(built.url('cluster'))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    primary.kill()
  })
  const said: string[] = []
  createInterface(primary.stdout).on('line', (line) => said.push(line))
  const opened = (queue: number) => said.filter((line) => line.startsWith(`${queue} open`))
  await until(() => opened(20).length === 1 && opened(21).length === 1, 'both workers')

  using left = await udpListener('127.0.0.1', 5_020)
  using right = await udpListener('127.0.0.1', 5_021)
  const texts = Array.from({ length: 50 }, (_, i) => `packet ${i}`)
  await Promise.all([sendUdp('127.0.0.1', 5_020, texts), sendUdp('127.0.0.1', 5_021, texts)])
  await until(() => left.got.length + right.got.length === 100, 'a hundred packets')
  expect([left.got, right.got]).toEqual([texts, texts])

  process.kill(Number(opened(20)[0]!.split(' ')[2]), 'SIGKILL')
  await until(() => opened(20).length === 2, 'the replacement')
  expect(said).toContain('20 ended SIGKILL')
  await Promise.all([sendUdp('127.0.0.1', 5_020, ['after']), sendUdp('127.0.0.1', 5_021, ['after'])])
  await until(() => left.got.length === 51 && right.got.length === 51, 'packets after it')
})

import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue, type Packet } from '@nfkit/nfqueue'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { blocksOf } from './docs/markdown.ts'
import { freshHost, sh } from './host.ts'

/** The rules of a guide, in the words of its page. */
function rulesOf(guide: string): void {
  const page = `docs/guides/${guide}.md`
  const shell = blocksOf(page, readFileSync(join(import.meta.dirname, '..', page), 'utf8')).filter(
    ({ language }) => language === 'sh',
  )
  const rules = shell.flatMap(({ code }) => code.split('\n').filter((line) => line.startsWith('iptables')))
  expect(rules.length).toBe(3)
  for (const rule of rules) sh(rule.replace('iptables', 'iptables -w'))
}

const noRules = () => {
  freshHost()
  sh('iptables -w -t security -F')
}
beforeEach(noRules)
afterAll(noRules)

/** What becomes of a connection to the port of the guides' rules, from an address of this host. */
function attempt(localAddress: string): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: 8080, localAddress, timeout: 2_000 })
    socket.once('connect', () => resolve(socket))
    socket.once('timeout', () => resolve('timeout'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

async function served<T>(handler: (packet: Packet) => void, use: () => Promise<T>): Promise<T> {
  const server = createServer((socket) => socket.on('data', (data) => socket.write(data)).on('error', () => {}))
  await new Promise<void>((resolve) => server.listen(8080, '127.0.0.1', resolve))
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  queue.run(handler)
  try {
    return await use()
  } finally {
    await queue.close()
    server.close()
  }
}

test('first-packet.md: of a whole conversation one packet comes to user space', async () => {
  rulesOf('first-packet')
  let seen = 0
  const handler = (packet: Packet) => {
    seen++
    packet.accept({ mark: 1 })
  }
  await served(handler, async () => {
    const socket = await attempt('127.0.0.1')
    if (typeof socket === 'string') throw new Error(socket)
    for (let i = 0; i < 5; i++) {
      socket.write('more')
      await new Promise((resolve) => socket.once('data', resolve))
    }
    socket.destroy()
  })
  expect(seen).toBe(1)
})

test('reject.md: who is rejected is refused at once, others are connected', async () => {
  rulesOf('reject')
  const handler = (packet: Packet) => {
    if (packet.ip?.source === '127.0.0.9') packet.repeat({ mark: 0x66 })
    else packet.accept()
  }
  const [rejected, connected] = await served(handler, async () => {
    const results = [await attempt('127.0.0.9'), await attempt('127.0.0.1')]
    for (const one of results) if (typeof one !== 'string') one.destroy()
    return results
  })
  expect(rejected).toBe('ECONNREFUSED')
  expect(typeof connected).toBe('object')
})

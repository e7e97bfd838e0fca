import { readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { format } from 'node:util'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue, type Packet } from '@nfkit/nfqueue'
import { openNftables, printRule } from '@nfkit/nftables'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Block, blocksOf } from './docs/markdown.ts'
import { codeOn, kernelGuides, writeCode } from './docs/pages.ts'
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
function attempt(localAddress: string, port = 8080): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress, timeout: 2_000 })
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

describe.each(kernelGuides)('%s', (page) => {
  const workshop = join(import.meta.dirname, `../.cache/guides-${process.pid}`)
  const blocks = codeOn(page)
  const paths = new Map(blocks.map((block, at) => [block, writeCode(workshop, blocks, at)]))
  afterAll(() => {
    rmSync(workshop, { recursive: true, force: true })
    sh('nft delete table inet questions')
  })

  /** Runs a program of the page, and returns what it printed. One that waits for an interrupt gets it when it has done its work. */
  async function run(block: Block, time = 1, work = async () => {}): Promise<string[]> {
    const printed: string[] = []
    const once = process.once.bind(process)
    const spies = [
      vi.spyOn(console, 'log').mockImplementation((...values) => printed.push(format(...values))),
      vi.spyOn(console, 'error').mockImplementation(() => {}),
      vi.spyOn(console, 'warn').mockImplementation(() => {}),
      vi.spyOn(process, 'once').mockImplementation((event, listener) => {
        if (event !== 'SIGINT') return once(event, listener)
        work().finally(() => listener('SIGINT'))
        return process
      }),
    ]
    try {
      await import(/* @vite-ignore */ `${paths.get(block)}?time=${time}`)
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
    return printed
  }

  const program = (text: string) => blocks.find(({ code }) => code.includes(text))!

  test.each(blocks.map((block) => ({ line: block.line, block })))(
    'the code in line $line runs, prints what it says, and leaves no table of its own',
    async ({ block }) => {
      const promised = Array.from(block.code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm), ([, says]) => says)
      expect(await run(block)).toEqual(expect.arrayContaining(promised))
      expect(sh('nft list tables')).not.toContain('table inet ports')
    },
  )

  test('packets for the port come to the queue', async () => {
    let queued = 0
    await run(program('// main.ts'), 2, async () => {
      await attempt('127.0.0.1', 2222)
      // The id of its last packet is the eighth number of queue 0.
      const [, id] = /^ *0(?: +\d+){6} +(\d+)/m.exec(readFileSync('/proc/net/netfilter/nfnetlink_queue', 'utf8')) ?? []
      queued = Number(id)
    })
    expect(queued).toBeGreaterThan(0)
  })

  test('a table that outlives its program is taken over with its rule', async () => {
    await using nft = await openNftables(openMnl())
    const rules = async () => {
      const { tables } = await nft.list({ table: { family: 'inet', name: 'questions' } })
      return tables.flatMap(({ chains }) => chains).flatMap(({ rules }) => rules)
    }
    await run(program('persist }'), 2)
    const left = await rules()
    expect(left.map(printRule)).toEqual(['udp dport 53 queue flags bypass to 1'])
    await run(program('persist }'), 3)
    expect(await rules()).toEqual(left)
  })
})

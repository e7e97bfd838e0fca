import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openNftables } from '@nfkit/nftables'
import { expect, onTestFinished, test } from 'vitest'
import type { World } from '../../packages/firewall/test/suites/world.ts'
import { ending, load, optionsIn } from './stage.ts'

const ban = (value: string, duration = '4h') => ({
  value,
  duration,
  scope: value.includes('/') ? 'Range' : 'Ip',
  type: 'ban',
})

/** How many are listed: a simulated kernel needs longer for each. */
const crowd = (world: World) => (world.name.includes('simulated') ? 5_000 : 100_000)

/** So many addresses, none of them of a test's hosts. */
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ban(`11.${i >> 16}.${(i >> 8) & 255}.${i & 255}`))

export function blockList(world: World): void {
  const opened = async (first = {}) => {
    const { bouncer } = await load('block-list')
    const { match: _, ...options } = optionsIn(world)
    const { firewall, take } = await bouncer(options, first)
    ending(world, firewall)
    return { firewall, take }
  }
  const passes = async () => {
    try {
      return (await world.ask(4000, 'hello')) === 'hello'
    } catch {
      return false
    }
  }

  test('block-list: what is decided about does not pass, connections that are there included, until it is taken back', async () => {
    const { firewall, take } = await opened()
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    await take({ new: [ban('10.99.0.2', '3h59m57.5s'), { ...ban('10.99.0.0/24'), type: 'captcha' }], deleted: null })
    await expect(line.say('two')).rejects.toThrow('silence')
    line.close()
    await take({ new: null, deleted: [ban('10.99.0.2', '-1s')] })
    expect(await passes()).toBe(true)
    expect(firewall.stats().packets).toBe(0)
  })

  test('block-list: what is decided before it begins is in force from the first packet on', async () => {
    const { take } = await opened({ new: [ban('10.99.0.2'), ban('192.0.2.7', '1m')] })
    expect(await passes()).toBe(false)
    expect(await take({ deleted: [ban('10.99.0.2')] })).toEqual({ added: 0, removed: 1 })
    expect(await passes()).toBe(true)
  })

  test('block-list: what is taken back of a list takes nothing else with it', async () => {
    const { take } = await opened()
    await take({ new: [ban('10.99.0.0/24'), ban('10.99.0.2')] })
    await take({ deleted: [ban('10.99.0.0/24')] })
    expect(await passes()).toBe(false)
    await take({ new: [ban('10.99.0.0/28')], deleted: [ban('10.99.0.2')] })
    expect(await passes()).toBe(false)
    await take({ deleted: [ban('10.99.0.0/28')] })
    expect(await passes()).toBe(true)
  })

  test('block-list: a decision whose time is over, or that has none, is none', async () => {
    const { take } = await opened()
    expect(await take({ new: [ban('10.99.0.2', '-5s')] })).toEqual({ added: 0, removed: 0 })
    expect(await passes()).toBe(true)
    await expect(take({ new: [ban('10.99.0.2', 'soon')] })).rejects.toThrow('"soon" is no duration')
    expect(await passes()).toBe(true)
  })

  test(`block-list: ${crowd(world)} are in the kernel, and go again`, async () => {
    const { firewall, take } = await opened()
    await using nft = await openNftables(world.connect())
    const listed = async () => {
      const { tables } = await nft.list({ table: { family: 'inet', name: firewall.name } })
      return tables[0]!.sets.reduce((sum, { elements }) => sum + elements.length, 0)
    }
    const before = await listed()
    const all = many(crowd(world))
    expect(await take({ new: [...all, ban('10.99.0.2')] })).toEqual({ added: all.length + 1, removed: 0 })
    expect(await listed()).toBe(before + all.length + 1)
    expect(await passes()).toBe(false)
    expect(await take({ deleted: all })).toEqual({ added: 0, removed: all.length })
    expect(await listed()).toBe(before + 1)
    expect(await passes()).toBe(false)
  })

  test('block-list: decisions are asked for until they come, all of them first, and again after an error', async () => {
    const { decisions } = await load('block-list')
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(`${request.headers['x-api-key']} ${request.url}`)
      response.writeHead(asked.length === 1 || asked.length === 4 ? 503 : 200).end('{ "new": [], "deleted": null }')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const end = new AbortController()
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stream`
    const told: string[] = []
    let got = 0
    const options = { signal: end.signal, milliseconds: 5, tell: (text: string) => told.push(text) }
    for await (const some of decisions(url, 'secret', options)) {
      expect(some).toEqual({ new: [], deleted: null })
      if (++got === 3) end.abort()
    }
    expect(asked).toEqual(
      ['true', 'true', 'false', 'false', 'true'].map((startup) => `secret /stream?startup=${startup}`),
    )
    expect(told).toEqual(new Array(2).fill(`${url}: 503 Service Unavailable: asked again in 0.005 s`))
  })
}

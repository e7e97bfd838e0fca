import { describe, expect, test } from 'vitest'
import { hello } from '../../../streams/test/named-hello.ts'
import { brokenOff, staged } from './stage.ts'
import type { World } from './world.ts'

const request = (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`

/** A judge hears what is said before it says anything itself. */
export function said(world: World): void {
  test('nothing is heard by the other end before the judge has heard enough', async () => {
    const { firewall, asked } = await staged(world, {
      judge: async (connection) => ((await connection.request())?.host === 'news.example' ? 'accept' : 'reject'),
    })
    const good = await world.dial('peer', 4000)
    expect(await good.say(request('news.example'))).toBe(request('news.example'))
    const before = firewall.stats().packets
    for (let i = 0; i < 10; i++) expect(await good.say(`${i}`)).toBe(`${i}`)
    expect(firewall.stats().packets).toBe(before)
    const bad = await world.dial('peer', 4000)
    await bad.met()
    await expect(bad.say(request('ads.example'))).rejects.toThrow(brokenOff)
    // It was opened to be listened to: who has heard nothing is told, too.
    expect(await bad.farEnd()).toMatch(brokenOff)
    good.close()
    bad.close()
    expect(asked.length).toBe(2)
    expect(firewall.stats().judged).toEqual({ accept: 1, drop: 0, reject: 1 })
  })

  test('a request that comes in pieces', async () => {
    const { asked } = await staged(world, {
      judge: async (connection) => ((await connection.request())?.host === 'news.example' ? 'accept' : 'reject'),
    })
    const line = await world.dial('peer', 4000)
    const whole = request('news.example')
    const first = line.say(whole.slice(0, 20))
    await expect.poll(() => asked[0]?.said.length).toBe(20)
    const second = line.say(whole.slice(20))
    expect(await Promise.race([first, second])).toContain('GET / HTTP')
    line.close()
    expect(asked.length).toBe(1)
  })

  test('the name in a hello of TLS', async () => {
    const names: unknown[] = []
    await staged(world, {
      judge: async (connection) => {
        const said = await connection.hello()
        names.push(said?.serverName)
        return said?.serverName === 'example.com' ? 'reject' : 'accept'
      },
    })
    const line = await world.dial('peer', 4000)
    await expect(line.say(hello)).rejects.toThrow(brokenOff)
    line.close()
    expect(names).toEqual(['example.com'])
  })

  test('so many bytes, and what was said is known when the connection is judged again', async () => {
    const heard: string[] = []
    const { firewall } = await staged(world, {
      judge: async (connection) => {
        heard.push(Buffer.from(await connection.bytes(4)).toString())
        return 'accept' as const
      },
    })
    const line = await world.dial('peer', 4000)
    expect(await line.say('hello')).toBe('hello')
    await firewall.reconsider()
    expect(await line.say('again')).toBe('again')
    line.close()
    expect(heard).toEqual(['hello', 'hello'])
  })

  test('the policy changes while the judge listens: it is asked again, and hears all', async () => {
    let refused = 'ads.example'
    const { firewall, asked } = await staged(world, {
      judge: async (connection) => {
        const asked = await connection.request()
        return asked?.host === refused ? 'reject' : 'accept'
      },
    })
    const line = await world.dial('peer', 4000)
    const whole = request('news.example')
    const first = line.say(whole.slice(0, 20))
    first.catch(() => {})
    await expect.poll(() => asked[0]?.said.length).toBe(20)
    refused = 'news.example'
    await firewall.reconsider()
    await expect(line.say(whole.slice(20))).rejects.toThrow(brokenOff)
    line.close()
    expect(asked.length).toBe(2)
    expect(firewall.stats().judged).toEqual({ accept: 0, drop: 0, reject: 1 })
  })

  describe('datagrams', () => {
    test('are heard while they wait', async () => {
      const { firewall } = await staged(world, {
        judge: async (connection) =>
          Buffer.from(await connection.bytes(1)).toString() === 'good' ? 'accept' : 'reject',
      })
      expect(await world.ask(4000, 'good')).toBe('good')
      await expect(world.ask(4000, 'bad')).rejects.toThrow('EHOSTUNREACH')
      expect(firewall.stats().packets).toBe(2)
    })
  })

  test('of a connection that says nothing nothing is heard, and it can be judged', async () => {
    const { firewall } = await staged(world, {
      deadlineMilliseconds: 500,
      judge: async (connection) => ((await connection.hello()) === undefined ? 'reject' : 'accept'),
    })
    const line = await world.dial('peer', 4000)
    await expect.poll(() => firewall.stats().judged.reject, { timeout: 10_000 }).toBe(1)
    await expect(line.say('late')).rejects.toThrow(brokenOff)
    line.close()
  })
}

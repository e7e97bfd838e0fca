import { expect, test } from 'vitest'
import type { World } from '../../packages/firewall/test/suites/world.ts'
import { clientHelloBody, extension, helloFor, message } from '../../packages/streams/test/hello.ts'
import { crypto, datagram, initialPacket } from '../../packages/streams/test/quic-packet.ts'
import { brokenOff, ending, load, optionsIn } from './stage.ts'

const family = (blocked: readonly string[], hours: object = {}) => ({
  ada: { devices: ['10.99.0.1'], blocked, ...hours },
})

/** A hello of QUIC for a name, in one datagram. */
const quicFor = (name: string) => {
  const hello = message(clientHelloBody({ extensions: [extension.serverNames(name)] }))
  return datagram(initialPacket(crypto(0, hello), { first: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }))
}

export function familyFilter(world: World): void {
  const opened = async (rules: object, now?: () => Date) => {
    const { filter } = await load('family-filter')
    const opened = await filter(rules, { ...optionsIn(world), ...(now && { now }) })
    ending(world, opened.firewall)
    return opened
  }

  test('family-filter: a name and all below it are blocked over TLS, other names are not', async () => {
    await opened(family(['social.example']))
    for (const name of ['social.example', 'www.social.example']) {
      const line = await world.dial('peer', 4000)
      await expect(line.say(helloFor(name))).rejects.toThrow(brokenOff)
      line.close()
    }
    const line = await world.dial('peer', 4000)
    expect(await line.say(helloFor('antisocial.example'))).not.toBe('')
    line.close()
  })

  test('family-filter: the same over QUIC', async () => {
    await opened(family(['social.example']))
    await expect(world.ask(4000, quicFor('www.social.example'))).rejects.toThrow('EHOSTUNREACH')
    expect(await world.ask(4000, quicFor('news.example'))).not.toBe('')
  })

  test('family-filter: what says no name is refused, and other devices are not asked', async () => {
    const { firewall, change } = await opened(family([]))
    const line = await world.dial('peer', 4000)
    await expect(line.say('GET / HTTP/1.1\r\n\r\n')).rejects.toThrow(brokenOff)
    line.close()
    await change({ bob: { devices: ['10.99.0.9'] } })
    expect(await world.ask(4000, 'whatever')).toBe('whatever')
    expect(firewall.stats().judged).toEqual({ accept: 1, drop: 0, reject: 1 })
  })

  test('family-filter: a rule that changes is about connections that are there, by the name they began with', async () => {
    const { change } = await opened(family([]))
    const lines = [await world.dial('peer', 4000), await world.dial('peer', 4001)]
    expect(await lines[0]!.say(helloFor('social.example'))).not.toBe('')
    expect(await lines[1]!.say(helloFor('news.example'))).not.toBe('')
    await change(family(['social.example']))
    await expect(lines[0]!.say('more')).rejects.toThrow(brokenOff)
    expect(await lines[1]!.say('more')).toBe('more')
    for (const line of lines) line.close()
  })

  test('family-filter: at bedtime what is there ends, and in the morning it begins again', async () => {
    let time = '20:29'
    const now = () => new Date(`2026-01-01T${time}:00`)
    const { firewall, tick } = await opened(family([], { bed: '20:30', up: '06:30' }), now)
    const line = await world.dial('peer', 4000)
    expect(await line.say(helloFor('news.example'))).not.toBe('')
    await tick()
    expect(firewall.epoch).toBe(0)
    time = '20:30'
    await tick()
    await expect(line.say('more')).rejects.toThrow(brokenOff)
    line.close()
    time = '06:30'
    await tick()
    expect(firewall.epoch).toBe(2)
    const next = await world.dial('peer', 4000)
    expect(await next.say(helloFor('news.example'))).not.toBe('')
    next.close()
  })
}

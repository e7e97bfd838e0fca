import { describe, expect, test } from 'vitest'
import type { FirewallVerdict } from '../../src/index.ts'
import { deferred, staged } from './stage.ts'
import type { IpFamily, World } from './world.ts'

const families: readonly IpFamily[] = ['IPv4', 'IPv6']

/** Connections are judged, not packets. */
export function judging(world: World): void {
  describe.each(families)('%s', (family) => {
    test('one packet of an accepted connection is seen, however much is said', async () => {
      const { firewall, asked } = await staged(world)
      const line = await world.dial('peer', 4000, family)
      for (let i = 0; i < 20; i++) expect(await line.say(`${i}`)).toBe(`${i}`)
      line.close()
      expect(asked.map(({ direction, protocol, isNew }) => [direction, protocol, isNew])).toEqual([
        ['out', 'tcp', true],
      ])
      expect(firewall.stats()).toMatchObject({ packets: 1, judged: { accept: 1 }, remembered: 0 })
    })

    test('a rejected connection is refused at once', async () => {
      const { firewall } = await staged(world, { judge: () => 'reject' })
      await expect(world.dial('peer', 4000, family)).rejects.toThrow('ECONNREFUSED')
      expect(firewall.stats()).toMatchObject({ packets: 1, judged: { reject: 1 } })
    })

    test('a dropped connection hears nothing, and the kernel drops what it sends again', async () => {
      const { firewall } = await staged(world, { judge: () => 'drop' })
      await expect(world.dial('peer', 4000, family)).rejects.toThrow('silence')
      expect(firewall.stats()).toMatchObject({ packets: 1, judged: { drop: 1 } })
    })

    test('a connection from outside is judged at input', async () => {
      const { firewall, asked } = await staged(world, { hooks: ['input'] })
      const line = await world.dial('here', 4000, family)
      for (let i = 0; i < 20; i++) expect(await line.say(`${i}`)).toBe(`${i}`)
      line.close()
      expect(asked.map(({ direction, destination }) => [direction, destination?.port])).toEqual([['in', 4000]])
      expect(firewall.stats().packets).toBe(1)
    })

    test('one from outside is refused at once', async () => {
      await staged(world, { hooks: ['input'], judge: () => 'reject' })
      await expect(world.dial('here', 4000, family)).rejects.toThrow('ECONNREFUSED')
    })

    test('a datagram is answered, and a rejected one tells its sender', async () => {
      let verdict: FirewallVerdict = 'accept'
      const { firewall } = await staged(world, { judge: () => verdict })
      expect(await world.ask(4000, 'hello', family)).toBe('hello')
      verdict = 'reject'
      await expect(world.ask(4000, 'hello', family)).rejects.toThrow(family === 'IPv4' ? 'EHOSTUNREACH' : 'EACCES')
      expect(firewall.stats()).toMatchObject({ packets: 2, judged: { accept: 1, reject: 1 } })
    })
  })

  test('what was decided is in the connection’s mark, and in no other bits than the mask', async () => {
    await staged(world)
    const line = await world.dial('peer', 4000)
    expect(await world.marks(4000)).toEqual([0x0100_0000])
    line.close()
  })

  test('what does not match is not judged', async () => {
    const { firewall } = await staged(world, { judge: () => 'reject' })
    const line = await world.dial('peer', 4001)
    expect(await line.say('hello')).toBe('hello')
    line.close()
    expect(firewall.stats().packets).toBe(0)
  })

  test('the judge is asked once while packets of the connection wait for its answer', async () => {
    const answer = deferred<FirewallVerdict>()
    const { firewall, asked } = await staged(world, { judge: () => answer.promise })
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`)
    const asking = world.burst(4000, texts)
    await expect.poll(() => firewall.stats().packets).toBe(20)
    expect(asked.length).toBe(1)
    expect(firewall.stats().undecided).toBe(1)
    answer.resolve('accept')
    expect((await asking).toSorted()).toEqual(texts.toSorted())
    expect(firewall.stats()).toMatchObject({ packets: 20, judged: { accept: 1 }, undecided: 0 })
  })

  test('more than may be undecided is left to onUnjudged, and what is decided goes on', async () => {
    const { firewall } = await staged(world, {
      absent: 'drop',
      undecided: 10,
      deadlineMilliseconds: 30_000,
      judge: ({ protocol }) => (protocol === 'tcp' ? 'accept' : new Promise<never>(() => {})),
    })
    const line = await world.dial('peer', 4000)
    const all = Promise.allSettled(Array.from({ length: 40 }, () => world.ask(4000, 'hello')))
    for (let i = 0; i < 20; i++) expect(await line.say(`${i}`)).toBe(`${i}`)
    await expect.poll(() => firewall.stats()).toMatchObject({ packets: 41, undecided: 10, unjudged: 30 })
    line.close()
    await firewall.remove()
    for (const { status } of await all) expect(status).toBe('rejected')
  })

  test('the owner of a connection is known while it waits', async () => {
    const { asked } = await staged(world)
    const line = await world.dial('peer', 4000)
    line.close()
    const [connection] = asked
    expect(connection?.source?.port).toBeGreaterThan(0)
    expect(connection?.originalDestination).toEqual(connection?.destination)
  })

  test('a judge that throws leaves packets to onUnjudged, and is asked again', async () => {
    let attempts = 0
    const { firewall } = await staged(world, {
      judge: () => {
        attempts++
        if (attempts === 1) throw new Error('not today')
        return 'accept'
      },
    })
    const failures: unknown[] = []
    firewall.on('failed', ({ error }) => failures.push(error))
    const line = await world.dial('peer', 4000)
    expect(await line.say('hello')).toBe('hello')
    line.close()
    expect(failures).toEqual([new Error('not today')])
    expect(attempts).toBe(2)
    expect(firewall.stats()).toMatchObject({ unjudged: 1, judged: { accept: 1 } })
  })
}

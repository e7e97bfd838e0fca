import { describe, expect, test } from 'vitest'
import type { FirewallVerdict } from '../../src/index.ts'
import { brokenOff, deferred, sayAgain, staged } from './stage.ts'
import type { World } from './world.ts'

/** What was decided is taken back at once. */
export function policy(world: World): void {
  test('a connection is judged again on its next packet, once, and with its own direction', async () => {
    const { firewall, asked } = await staged(world)
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    const { epoch, waited } = await firewall.reconsider()
    expect([epoch, waited, firewall.epoch]).toEqual([1, false, 1])
    for (let i = 0; i < 20; i++) expect(await line.say(`${i}`)).toBe(`${i}`)
    line.close()
    expect(asked.map(({ direction, isNew, destination }) => [direction, isNew, destination?.port])).toEqual([
      ['out', true, 4000],
      ['out', false, 4000],
    ])
    expect(firewall.stats().packets).toBe(2)
  })

  test('what was accepted is dropped, and accepted again', async () => {
    let verdict: FirewallVerdict = 'accept'
    const { firewall } = await staged(world, { judge: () => verdict })
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    verdict = 'drop'
    await firewall.reconsider()
    await expect(line.say('two')).rejects.toThrow('silence')
    verdict = 'accept'
    await firewall.reconsider()
    expect(await sayAgain(line, 'three')).toContain('two')
    line.close()
    expect(firewall.stats().judged).toEqual({ accept: 2, drop: 1, reject: 0 })
  })

  describe.each(['IPv4', 'IPv6'] as const)('what was accepted is rejected in the middle, %s', (family) => {
    test.each([
      ['output', 'peer'],
      ['input', 'here'],
      ['forward', 'beyond'],
    ] as const)('at %s, and both ends learn of it', async (hook, to) => {
      let verdict: FirewallVerdict = 'accept'
      const { firewall } = await staged(world, { hooks: [hook], judge: () => verdict })
      const line = await world.dial(to, 4000, family)
      expect(await line.say('one')).toBe('one')
      verdict = 'reject'
      await firewall.reconsider()
      await expect(line.say('two')).rejects.toThrow(brokenOff)
      expect(await line.farEnd()).toMatch(brokenOff)
      line.close()
      expect(firewall.stats().judged).toEqual({ accept: 1, drop: 0, reject: 1 })
    })

    test.each([
      ['output', 'peer'],
      ['forward', 'beyond'],
    ] as const)('at %s while much is said, which the kernel would still cut into segments', async (hook, to) => {
      let verdict: FirewallVerdict = 'accept'
      const { firewall } = await staged(world, { hooks: [hook], judge: () => verdict })
      const line = await world.dial(to, 4000, family)
      expect(await line.say('one')).toBe('one')
      // A late acknowledgement of what was heard would be judged first.
      await world.sleep(200)
      verdict = 'reject'
      await firewall.reconsider()
      await expect(line.say('x'.repeat(2_800))).rejects.toThrow(brokenOff)
      expect(await line.farEnd()).toMatch(brokenOff)
      line.close()
    })
  })

  test('an answer to what was asked before the change counts no more, and the judge is asked again', async () => {
    const answers = [deferred<FirewallVerdict>(), deferred<FirewallVerdict>()]
    let question = 0
    const { firewall, asked } = await staged(world, { judge: () => answers[question++]!.promise })
    const dialling = world.dial('peer', 4000)
    await expect.poll(() => asked.length).toBe(1)
    await firewall.reconsider()
    expect(asked.length).toBe(2)
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false])
    answers[0]!.resolve('reject')
    answers[1]!.resolve('accept')
    const line = await dialling
    expect(await line.say('hello')).toBe('hello')
    line.close()
    expect(firewall.stats()).toMatchObject({ judged: { accept: 1, reject: 0 }, outdated: 1 })
  })

  test('with one bit for epochs, changes that come too soon wait for a sweep, and say so', async () => {
    const { firewall, asked } = await staged(world, { mask: 0x7 })
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    const waited: boolean[] = []
    for (let i = 0; i < 5; i++) waited.push((await firewall.reconsider()).waited)
    // The first two have a number each; from there on one is to be swept.
    expect(waited.slice(0, 2)).toEqual([false, true])
    expect(firewall.epoch).toBe(5)
    expect(await line.say('two')).toBe('two')
    expect(await line.say('three')).toBe('three')
    line.close()
    expect(asked.length).toBe(2)
  })

  test('changes that are asked for while one is under way are one', async () => {
    const { firewall } = await staged(world)
    const done = await Promise.all(Array.from({ length: 10 }, () => firewall.reconsider()))
    expect(new Set(done.map(({ epoch }) => epoch))).toEqual(new Set([1, 2]))
  })

  test('connections that match are judged again, and no others', async () => {
    let verdict: FirewallVerdict = 'accept'
    const { firewall, asked } = await staged(world, { match: 'tcp dport { 4000, 4001 }', judge: () => verdict })
    const lines = [await world.dial('peer', 4000), await world.dial('peer', 4001)]
    for (const line of lines) expect(await line.say('one')).toBe('one')
    verdict = 'reject'
    expect(await firewall.reconsider({ destinationPort: 4000 })).toBe(1)
    await expect(lines[0]!.say('two')).rejects.toThrow(brokenOff)
    expect(await lines[1]!.say('two')).toBe('two')
    for (const line of lines) line.close()
    expect(asked.map(({ destination }) => destination?.port)).toEqual([4000, 4001, 4000])
  })

  test('a connection that waits for its judge is judged again where it matches', async () => {
    const answers = {
      4000: [] as ReturnType<typeof deferred<FirewallVerdict>>[],
      4001: [] as ReturnType<typeof deferred<FirewallVerdict>>[],
    }
    const { firewall, asked } = await staged(world, {
      match: 'tcp dport { 4000, 4001 }',
      judge: ({ destination }) => {
        const answer = deferred<FirewallVerdict>()
        answers[destination!.port as 4000 | 4001].push(answer)
        return answer.promise
      },
    })
    const dialling = [world.dial('peer', 4000), world.dial('peer', 4001)]
    await expect.poll(() => asked.length).toBe(2)
    expect(await firewall.reconsider({ destinationPort: 4000 })).toBe(0)
    answers[4000][0]!.resolve('reject')
    answers[4000][1]!.resolve('accept')
    answers[4001][0]!.resolve('accept')
    for (const line of await Promise.all(dialling)) {
      expect(await line.say('hello')).toBe('hello')
      line.close()
    }
    expect(asked.length).toBe(3)
  })

  test('a filter that is undefined is refused', async () => {
    const { firewall } = await staged(world)
    await expect(firewall.reconsider(undefined as never)).rejects.toThrow()
    expect(firewall.epoch).toBe(0)
  })

  test('a connection that was dropped is tried anew where it matches', async () => {
    let verdict: FirewallVerdict = 'drop'
    const { firewall } = await staged(world, { judge: () => verdict })
    const dialling = world.dial('peer', 4000)
    await expect.poll(() => firewall.stats().judged.drop).toBe(1)
    verdict = 'accept'
    await firewall.reconsider({ destinationPort: 4000 })
    const line = await dialling
    expect(await line.say('hello')).toBe('hello')
    line.close()
  })

  describe('a start', () => {
    test('honours nothing that an earlier firewall has decided', async () => {
      const first = await staged(world)
      const line = await world.dial('peer', 4000)
      expect(await line.say('one')).toBe('one')
      await first.firewall.close()
      const second = await staged(world, { judge: () => 'reject' })
      await expect(line.say('two')).rejects.toThrow(brokenOff)
      line.close()
      expect(second.asked.map(({ isNew }) => isNew)).toEqual([false])
    })
  })
}

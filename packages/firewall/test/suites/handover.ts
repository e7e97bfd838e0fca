import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type Firewall,
  type FirewallHandover,
  type FirewallOptions,
  type FirewallVerdict,
  type HandoverError,
  type HandoverRefusal,
  type JudgedConnection,
  openFirewall,
} from '../../src/index.ts'
import { answer, query } from './dns.ts'
import { brokenOff, deferred, staged } from './stage.ts'
import { otherAddress, type World } from './world.ts'

/** A firewall is handed over to another one: nothing is lost, and nothing is judged twice. */
export function handover(world: World): void {
  /** Sockets that outlive firewalls, and firewalls that follow each other. */
  function supervised(options: Partial<FirewallOptions> = {}) {
    const [queue, rules, dns] = [world.connect(), world.connect(), options.names && world.connect()]
    const heirs = () => ({ queue: queue.heir(), rules: rules.heir(), dns: dns?.heir() })
    const asked: JudgedConnection[] = []
    const opened: Firewall[] = []
    const next = async (more: Partial<FirewallOptions> = {}) => {
      const { judge = () => 'accept', ...others } = { ...options, ...more }
      const firewall = await openFirewall({
        transport: () => world.connect(),
        name: 'handed',
        hooks: ['output'],
        match: ['tcp dport 4000', 'udp dport 4000'],
        absent: 'accept',
        ...world.options,
        ...others,
        sockets: heirs(),
        judge(connection) {
          asked.push(connection)
          return judge(connection)
        },
      })
      opened.push(firewall)
      return firewall
    }
    onTestFinished(async () => {
      // One that a failed test has not handed over would keep the queue from all tests behind it.
      for (const firewall of opened) await firewall.remove()
      await (await next()).remove()
      for (const socket of [queue, rules, dns]) socket?.close()
      await world.fresh()
    })
    return { next, asked }
  }
  /** As it comes over a channel. */
  const sent = <T>(state: T): T => JSON.parse(JSON.stringify(state))

  test.each(['accept', 'drop'] as const)(
    'what was decided goes on to count, and is judged by none again, absent: %s',
    async (absent) => {
      const { next, asked } = supervised({ absent })
      let firewall = await next()
      const line = await world.dial('peer', 4000)
      for (let round = 0; round < 5; round++) {
        const state = sent(await firewall.handOver())
        expect(await line.say(`${round}`)).toBe(`${round}`)
        firewall = await next({ handover: state })
        expect(await line.say(`${round} too`)).toBe(`${round} too`)
      }
      expect(asked.length).toBe(1)
      line.close()
      const other = await world.dial('peer', 4000)
      other.close()
      expect(asked.length).toBe(2)
      await firewall.handOver()
    },
  )

  test('what comes while no program reads waits for the next one', async () => {
    const { next, asked } = supervised()
    const first = await next()
    const state = await first.handOver()
    const dialling = world.dial('peer', 4000)
    const asking = world.ask(4000, 'hello')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(asked.length).toBe(0)
    const second = await next({ handover: state })
    const line = await dialling
    expect([await line.say('hello'), await asking]).toEqual(['hello', 'hello'])
    line.close()
    expect(asked.length).toBe(2)
    await second.handOver()
  })

  test('a connection whose judge does not answer in time is judged by the next one', async () => {
    const answer = deferred<FirewallVerdict>()
    const { next, asked } = supervised()
    const first = await next({ judge: () => answer.promise })
    const dialling = world.dial('peer', 4000)
    await expect.poll(() => asked.length).toBe(1)
    const state = await first.handOver({ milliseconds: 50 })
    expect(JSON.parse(state.estate).queue.returned).toBeGreaterThan(0)
    expect(asked[0]!.signal.aborted).toBe(true)
    answer.resolve('reject')
    const second = await next({ handover: state })
    const line = await dialling
    expect(await line.say('hello')).toBe('hello')
    line.close()
    expect(asked.length).toBe(2)
    await second.handOver()
  })

  test('a policy that has changed: the next one takes over, then takes back', async () => {
    const { next } = supervised()
    const first = await next()
    await first.reconsider()
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    const second = await next({ judge: () => 'reject', handover: await first.handOver() })
    expect(await line.say('two')).toBe('two')
    expect(second.epoch).toBe(1)
    expect((await second.reconsider()).epoch).toBe(2)
    await expect(line.say('three')).rejects.toThrow(brokenOff)
    line.close()
    await second.handOver()
  })

  test('lists go along, and are taken back by the next one', async () => {
    const { next } = supervised()
    const first = await next()
    await first.block(['10.99.0.0/24', 'fd00:99::/64'], { seconds: 600 })
    const second = await next({ handover: sent(await first.handOver()) })
    await expect(world.dial('peer', 4000)).rejects.toThrow('silence')
    await second.unlist('10.99.0.2')
    const line = await world.dial('peer', 4000)
    line.close()
    await expect(world.dial('peer', 4000, 'IPv6')).rejects.toThrow('silence')
    await second.handOver()
  })

  test('another program with other rules: they are changed, and no packet is lost', async () => {
    const { next, asked } = supervised()
    const first = await next()
    const line = await world.dial('peer', 4000)
    const second = await next({ handover: await first.handOver(), match: 'tcp dport { 4000, 4001 }' })
    expect(await line.say('hello')).toBe('hello')
    const other = await world.dial('peer', 4001)
    for (const one of [line, other]) one.close()
    expect(asked.map(({ destination }) => destination?.port)).toEqual([4000, 4001])
    await second.handOver()
  })

  test('without what the one before has said, nothing that was decided counts', async () => {
    const { next, asked } = supervised()
    const first = await next()
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    await first.handOver()
    const second = await next({ judge: () => 'reject' })
    await expect(line.say('two')).rejects.toThrow(brokenOff)
    line.close()
    expect(asked.length).toBe(2)
    await second.handOver()
  })

  describe('what cannot be handed over', () => {
    test('is a firewall whose sockets go with the program', async () => {
      const { firewall } = await staged(world)
      await expect(firewall.handOver()).rejects.toThrow('open it with `sockets`')
    })

    test('is one that is to be confirmed', async () => {
      const { next } = supervised()
      const unconfirmed = await next({ confirmWithinSeconds: 60 })
      await expect(unconfirmed.handOver()).rejects.toThrow('waits for confirm()')
      await unconfirmed.confirm()
      await unconfirmed.handOver()
    })

    test('is one that lists names, and has no socket for DNS', async () => {
      const { next } = supervised()
      await expect(next({ names: { servers: 'any' } })).rejects.toThrow('sockets.dns')
    })
  })

  describe('what is refused, and the next one begins as if there were nothing', () => {
    test.each<[string, HandoverRefusal, (state: FirewallHandover) => unknown]>([
      ['another firewall’s', 'foreign', (state) => ({ ...state, name: 'other' })],
      ['one with another mask', 'foreign', (state) => ({ ...state, mask: 0x7 })],
      ['one of another version', 'version', (state) => ({ ...state, version: 2 })],
      ['one that is damaged', 'damaged', (state) => ({ ...state, estate: `${state.estate} ` })],
      ['one without a digest', 'damaged', ({ digest: _, ...state }) => state],
      ['none at all', 'damaged', () => 'gone'],
    ])('%s', async (_, reason, harm) => {
      const { next, asked } = supervised()
      const first = await next()
      const line = await world.dial('peer', 4000)
      await first.block('192.0.2.7')
      const second = await next({ handover: harm(await first.handOver()) as FirewallHandover })
      const refused: HandoverError[] = []
      second.on('handoverRefused', (error) => refused.push(error))
      expect(await line.say('hello')).toBe('hello')
      line.close()
      expect(asked.length).toBe(2)
      expect(refused).toMatchObject([{ name: 'HandoverError', reason }])
      await second.handOver()
    })

    test('one of another queue', async () => {
      const { next } = supervised()
      const state = await (await next()).handOver()
      const second = await next({ handover: state, queue: 7 })
      const refused: HandoverError[] = []
      second.on('handoverRefused', (error) => refused.push(error))
      await expect.poll(() => refused).toMatchObject([{ reason: 'foreign' }])
      await second.handOver()
    })
  })

  describe('of names', () => {
    const name = 'www.example.org'
    const refusing = {
      judge: () => 'reject',
      match: 'tcp dport 4000',
      names: { servers: ['10.99.0.2', 'fd00:99::2'] },
    } satisfies Partial<FirewallOptions>
    const resolve = (address: string) =>
      world.resolve(query({ name }), [{ bytes: answer({ name }, [{ name, type: 'a', to: address }]) }])
    const passes = async (address: string) => {
      const line = await world.dial(address, 4000)
      line.close()
    }

    test('addresses stay listed, DNS waits for the next one, which takes back what the one before has listed', async () => {
      const { next, asked } = supervised(refusing)
      const first = await next()
      await first.allow([name, '*.example.com'], { seconds: 600 })
      await resolve(otherAddress(1))
      await passes(otherAddress(1))
      const state = sent(await first.handOver())
      const resolving = resolve(otherAddress(2))
      const second = await next({ handover: state })
      await resolving
      for (const index of [1, 2]) await passes(otherAddress(index))
      expect(asked).toEqual([])
      await second.unlist(name)
      for (const index of [1, 2]) await expect(world.dial(otherAddress(index), 4000)).rejects.toThrow('ECONNREFUSED')
      await second.handOver()
    })

    test('without what the one before has said, no name is listed', async () => {
      const { next } = supervised(refusing)
      const first = await next()
      await first.allow(name)
      await resolve(otherAddress(1))
      await first.handOver()
      const second = await next()
      await expect(world.dial(otherAddress(1), 4000)).rejects.toThrow('ECONNREFUSED')
      await resolve(otherAddress(2))
      await expect(world.dial(otherAddress(2), 4000)).rejects.toThrow('ECONNREFUSED')
      await second.handOver()
    })
  })
}

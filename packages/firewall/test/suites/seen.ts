import { expect, test } from 'vitest'
import { type ConnectionJudged, type FirewallVerdict, logFirewall } from '../../src/index.ts'
import { staged } from './stage.ts'
import type { World } from './world.ts'

/** What a program is shown of a firewall. */
export function seen(world: World): void {
  test('the kernel counts what it decides by itself, and knows which connections are alive', async () => {
    let verdict: FirewallVerdict = 'accept'
    const { firewall } = await staged(world, { judge: () => verdict })
    const none = { accept: 0, drop: 0, reject: 0 }
    expect(await firewall.census()).toEqual({ cachedPackets: none, cachedBytes: none, alive: none })
    const lines = [await world.dial('peer', 4000), await world.dial('peer', 4000)]
    for (const line of lines) for (let i = 0; i < 5; i++) expect(await line.say(`${i}`)).toBe(`${i}`)
    const { cachedPackets, cachedBytes, alive } = await firewall.census()
    // Of each connection all but the first packet: its answer, the handshake's end, and five times two, some with their acknowledgement.
    expect(cachedPackets.accept).toBeGreaterThanOrEqual(2 * 12)
    expect(cachedBytes.accept).toBeGreaterThanOrEqual(40 * cachedPackets.accept)
    expect([alive, cachedPackets.drop, cachedPackets.reject]).toEqual([{ accept: 2, drop: 0, reject: 0 }, 0, 0])
    // Acknowledgements may be late by 40 ms, and would be judged anew.
    await world.sleep(200)
    verdict = 'drop'
    await firewall.reconsider()
    expect((await firewall.census()).alive).toEqual(none)
    await expect(lines[0]!.say('more')).rejects.toThrow('silence')
    const after = await firewall.census()
    expect(after.alive).toEqual({ accept: 0, drop: 1, reject: 0 })
    // It is sent again, and no program sees that.
    expect(after.cachedPackets.drop).toBeGreaterThan(0)
    expect(after.cachedPackets.accept).toBeGreaterThanOrEqual(cachedPackets.accept)
    for (const line of lines) line.close()
  })

  test('what is sent again of a connection that was refused before it was made is counted, too', async () => {
    const { firewall } = await staged(world, { judge: () => 'drop' })
    await expect(world.dial('peer', 4000)).rejects.toThrow('silence')
    expect((await firewall.census()).cachedPackets.drop).toBeGreaterThan(0)
    expect(firewall.stats().packets).toBe(1)
  })

  test('each verdict is told with its epoch, how long the judge took, and how many packets waited', async () => {
    const { firewall } = await staged(world)
    const told: ConnectionJudged[] = []
    firewall.on('judged', (judged) => told.push(judged))
    expect(await world.ask(4000, 'hello')).toBe('hello')
    await firewall.reconsider()
    expect(await world.ask(4000, 'hello')).toBe('hello')
    expect(told.map(({ verdict, epoch, packets }) => [verdict, epoch, packets])).toEqual([
      ['accept', 0, 1],
      ['accept', 1, 1],
    ])
    for (const { milliseconds } of told) expect(milliseconds).toBeGreaterThanOrEqual(0)
  })

  test('the log is a line of JSON for each event', async () => {
    let attempts = 0
    const { firewall } = await staged(world, {
      judge: async (connection) => {
        if (++attempts === 1) throw Object.assign(new Error('not today'), { code: 'ELATER' })
        const request = await connection.request()
        return request === undefined ? 'accept' : 'reject'
      },
    })
    const lines: string[] = []
    const end = logFirewall(firewall, (line) => lines.push(line))
    expect(await world.ask(4000, 'hello')).toBe('hello')
    const line = await world.dial('peer', 4000)
    await expect(line.say('GET / HTTP/1.1\r\nHost: ads.example\r\n\r\n')).rejects.toThrow(/ECONN/)
    line.close()
    await firewall.reconsider()
    end()
    await firewall.reconsider()
    const [failed, judged, reconsidered, ...more] = lines.map((text) => JSON.parse(text))
    const common = { firewall: 'staged', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) }
    const connection = { direction: 'out', destination: { address: '10.99.0.2', port: 4000 } }
    expect(failed).toMatchObject({
      ...common,
      event: 'failed',
      epoch: 0,
      error: { name: 'Error', message: 'not today', code: 'ELATER' },
      connection: { ...connection, protocol: 'udp' },
    })
    expect(judged).toMatchObject({
      ...common,
      event: 'judged',
      epoch: 0,
      verdict: 'reject',
      connection: { ...connection, protocol: 'tcp', name: 'ads.example' },
    })
    expect(reconsidered).toMatchObject({ ...common, event: 'reconsidered', epoch: 1, waited: false })
    expect(more).toEqual([])
    for (const text of lines) expect(text).toMatch(/^\{.*\}\n$/)
  })
}

import { CommitError, ipv4Address, openNftables, table } from '@nfkit/nftables'
import { describe, expect, test } from 'vitest'
import type { FirewallOptions, NamesOptions, NameUnresolved } from '../../src/index.ts'
import { answer, framed, query, type TestQuestion, type TestRecord } from './dns.ts'
import { brokenOff, staged } from './stage.ts'
import { type DnsReply, type IpFamily, otherAddress, type World } from './world.ts'

const name = 'www.example.org'
const servers = ['10.99.0.2', 'fd00:99::2']
const to = (address: string, seconds = 300): TestRecord => ({
  name,
  type: address.includes(':') ? 'aaaa' : 'a',
  to: address,
  seconds,
})

/** Names that are blocked or allowed: an answer of DNS waits until its addresses are in the kernel's sets. */
export function names(world: World): void {
  /** A firewall that refuses what is not allowed, and what it tells of names. */
  async function refusing(options: Partial<NamesOptions> = {}, others: Partial<FirewallOptions> = {}) {
    const { firewall, asked } = await staged(world, {
      judge: () => 'reject',
      match: 'tcp dport 4000',
      names: { servers, ...options },
      ...others,
    })
    const unresolved: NameUnresolved[] = []
    firewall.on('unresolved', (one) => void unresolved.push(one))
    return { firewall, asked, unresolved }
  }

  const resolve = (question: TestQuestion, records: readonly TestRecord[], family?: IpFamily) =>
    world.resolve(query(question), [{ bytes: answer(question, records) }], family)

  async function passes(address: string): Promise<void> {
    const line = await world.dial(address, 4000)
    expect(await line.say('hello')).toBe('hello')
    line.close()
  }

  const isRefused = (address: string) => expect(world.dial(address, 4000)).rejects.toThrow('ECONNREFUSED')

  describe.each<IpFamily>(['IPv4', 'IPv6'])('%s', (family) => {
    const address = otherAddress(1, family)

    test('what an allowed name stands for passes as soon as its answer is heard, and nothing else does', async () => {
      const { firewall } = await refusing()
      await firewall.allow(name)
      await isRefused(address)
      await resolve({ name, type: to(address).type }, [to(address)], family)
      await passes(address)
      await isRefused(otherAddress(2, family))
    })

    test('what a blocked name stands for does not pass, connections that were accepted included', async () => {
      const { firewall } = await refusing({}, { judge: () => 'accept' })
      await firewall.block('*.example.org')
      const line = await world.dial(address, 4000)
      expect(await line.say('one')).toBe('one')
      await resolve({ name, type: to(address).type }, [to(address)], family)
      await expect(line.say('two')).rejects.toThrow('silence')
      await expect(world.dial(address, 4000)).rejects.toThrow('silence')
      line.close()
    })
  })

  test('over TCP, in pieces, one answer behind another', async () => {
    const { firewall } = await refusing()
    await firewall.allow(name)
    const questions = [1, 2].map((id) => ({ id, name }))
    const answers = Buffer.concat(questions.map((one) => framed(answer(one, [to(otherAddress(one.id))]))))
    const chunks = [answers.subarray(0, 1), answers.subarray(1, 30), answers.subarray(30, 70), answers.subarray(70)]
    await world.converse(Buffer.concat(questions.map((one) => framed(query(one)))), chunks)
    await passes(otherAddress(1))
    await passes(otherAddress(2))
  })

  test('over TCP, what is no DNS is broken off', async () => {
    const { firewall, unresolved } = await refusing()
    await firewall.allow(name)
    await expect(world.converse(framed(query({ name })), [framed(new Uint8Array(3))])).rejects.toThrow()
    expect(unresolved.map(({ reason }) => reason)).toEqual(['malformed'])
  })

  describe('an answer that fits no question adds nothing', () => {
    const address = otherAddress(3)
    const genuine = { bytes: answer({ name }, [to(otherAddress(4))]) }
    test.each<[string, DnsReply]>([
      ['another id', { bytes: answer({ id: 8, name }, [to(address)]) }],
      ['another name', { bytes: answer({ name: 'ftp.example.org' }, [{ ...to(address), name: 'ftp.example.org' }]) }],
      ['the name in other letters', { bytes: answer({ name: 'wWw.example.org' }, [to(address)]) }],
      ['another type', { bytes: answer({ name, type: 'https' }, [to(address)]) }],
      ['another server', { bytes: answer({ name }, [to(address)]), from: 'stranger' }],
      ['another port of the server', { bytes: answer({ name }, [to(address)]), from: 'other port' }],
      ['another port of the client', { bytes: answer({ name }, [to(address)]), astray: true }],
    ])('%s', async (_, forged) => {
      const { firewall } = await refusing({ servers: 'any' })
      await firewall.allow('*.example.org')
      await world.resolve(query({ name }), [forged, genuine])
      await passes(otherAddress(4))
      await isRefused(address)
    })

    test('a second answer to the same question', async () => {
      const { firewall } = await refusing()
      await firewall.allow(name)
      const second = { bytes: answer({ name }, [to(address)]) }
      await world.resolve(query({ name }), [genuine, second])
      await isRefused(address)
    })
  })

  test('an answer repeats upper and lower case as they were asked', async () => {
    const { firewall } = await refusing()
    await firewall.allow(name)
    await resolve({ name: 'wWw.ExAmPlE.oRg' }, [to(otherAddress(1))])
    await passes(otherAddress(1))
  })

  describe('where a name leads', () => {
    const alias = (from: string, target: string): TestRecord => ({ name: from, type: 'cname', to: target })
    const host = (of: string, index: number): TestRecord => ({ ...to(otherAddress(index)), name: of })

    test('aliases are followed in any order, and records of other names do not count', async () => {
      const { firewall } = await refusing()
      await firewall.allow(name)
      await resolve({ name }, [
        host('edge.example.net', 1),
        host('other.example.net', 2),
        alias('cdn.example.net', 'edge.example.net'),
        alias(name, 'cdn.example.net'),
        alias('edge.example.net', name),
      ])
      await passes(otherAddress(1))
      await isRefused(otherAddress(2))
    })

    test('a resolver may ask for the name behind an alias on its own', async () => {
      const { firewall } = await refusing()
      await firewall.allow(name)
      await resolve({ name }, [alias(name, 'cdn.example.net')])
      await resolve({ name: 'cdn.example.net' }, [host('cdn.example.net', 1)])
      await passes(otherAddress(1))
      await resolve({ name: 'other.example.net' }, [host('other.example.net', 2)])
      await isRefused(otherAddress(2))
    })

    test('hints of a service, and addresses beside it', async () => {
      const { firewall } = await refusing()
      await firewall.allow(name)
      const service: TestRecord = { name, type: 'https', to: 'edge.example.net', hint: otherAddress(1) }
      const question = { name, type: 'https' } as const
      const bytes = answer(question, [service], [host('edge.example.net', 2), host('other.example.net', 3)])
      await world.resolve(query(question), [{ bytes }])
      await passes(otherAddress(1))
      await passes(otherAddress(2))
      await isRefused(otherAddress(3))
    })
  })

  test('addresses live as long as DNS says, and a connection that was allowed goes on', async () => {
    const { firewall, asked } = await refusing({ leastSeconds: 1, graceSeconds: 1 })
    await firewall.allow(name)
    await resolve({ name }, [to(otherAddress(1), 1)])
    const line = await world.dial(otherAddress(1), 4000)
    expect(await line.say('one')).toBe('one')
    await world.sleep(2_500)
    await isRefused(otherAddress(1))
    expect(await line.say('two')).toBe('two')
    expect(asked.length).toBe(1)
    await resolve({ name }, [to(otherAddress(1), 1)])
    await passes(otherAddress(1))
    line.close()
  })

  test('an address that is answered again lives anew', async () => {
    const { firewall } = await refusing({ leastSeconds: 1, graceSeconds: 1 })
    await firewall.allow(name)
    await resolve({ name }, [to(otherAddress(1), 1)])
    await resolve({ name }, [to(otherAddress(1), 600)])
    await world.sleep(2_500)
    await passes(otherAddress(1))
  })

  test('an answer with more addresses than a name may have is dropped, and nothing of it is listed', async () => {
    const { firewall, unresolved } = await refusing({ addresses: 10 })
    await firewall.allow(name)
    const many = Array.from({ length: 11 }, (_, i) => to(otherAddress(i)))
    await expect(resolve({ name }, many)).rejects.toThrow('silence')
    expect(unresolved).toMatchObject([{ name, reason: 'addresses', server: '10.99.0.2' }])
    await isRefused(otherAddress(1))
    await resolve({ name }, many.slice(1))
    await passes(otherAddress(1))
  })

  test('or it passes, where the options say so', async () => {
    const { firewall } = await refusing({ addresses: 1, onFailure: 'accept' })
    await firewall.allow(name)
    await resolve({ name }, [to(otherAddress(1)), to(otherAddress(2))])
    await isRefused(otherAddress(1))
  })

  describe('private addresses behind a public name', () => {
    const inside = '10.99.0.2'

    test('are not listed', async () => {
      const { firewall } = await refusing()
      await firewall.allow(name)
      await resolve({ name }, [to(inside), to(otherAddress(1))])
      await passes(otherAddress(1))
      await isRefused(inside)
    })

    test('or nobody hears of them', async () => {
      const { firewall, unresolved } = await refusing({ privateAddresses: 'drop' })
      await firewall.allow(name)
      await expect(resolve({ name }, [to(inside), to(otherAddress(1))])).rejects.toThrow('silence')
      expect(unresolved).toMatchObject([{ name, reason: 'private' }])
      await isRefused(otherAddress(1))
    })

    test('or they are as good as others', async () => {
      const { firewall } = await refusing({ privateAddresses: 'list' })
      await firewall.allow(name)
      await resolve({ name }, [to(inside)])
      await passes(inside)
    })

    test('a local name may have them', async () => {
      const { firewall } = await refusing({ localNames: ['*.corp.example'] })
      await firewall.allow(['*.home.arpa', '*.corp.example'])
      for (const local of ['nas.home.arpa', 'git.corp.example']) {
        await resolve({ name: local }, [{ ...to(inside), name: local }])
        await passes(inside)
        await firewall.unlist(['*.home.arpa'])
      }
    })
  })

  describe('where the kernel does not take the addresses', () => {
    /** Somebody takes away the set they would come into. */
    async function withoutSet(options: Partial<NamesOptions>) {
      const made = await refusing(options, { absent: 'drop' })
      await made.firewall.allow(name)
      await using nft = await openNftables(world.connect())
      const fw = table('inet', 'staged')
      const set = fw.set('named_allowed4', { key: ipv4Address, timeouts: true })
      await nft.commit((batch) => batch.flush(fw.chain('judge_output')).delete(set))
      return made
    }

    test('the answer is dropped', async () => {
      const { unresolved } = await withoutSet({})
      await expect(resolve({ name }, [to(otherAddress(1))])).rejects.toThrow('silence')
      expect(unresolved).toMatchObject([{ name, reason: 'kernel', error: expect.any(CommitError) }])
    })

    test('or it passes, where the options say so', async () => {
      const { unresolved } = await withoutSet({ onFailure: 'accept' })
      await resolve({ name }, [to(otherAddress(1))])
      expect(unresolved).toMatchObject([{ reason: 'kernel' }])
    })
  })

  test('what is unlisted is judged, connections that were allowed included', async () => {
    const { firewall, asked } = await refusing()
    await firewall.allow(['*.example.org', 'www.example.net'])
    await resolve({ name }, [to(otherAddress(1)), to(otherAddress(2))])
    const shared = { ...to(otherAddress(2)), name: 'www.example.net' }
    await resolve({ name: 'www.example.net' }, [shared])
    const lines = [await world.dial(otherAddress(1), 4000), await world.dial(otherAddress(2), 4000)]
    for (const line of lines) expect(await line.say('one')).toBe('one')
    await firewall.unlist('*.example.org')
    await expect(lines[0]!.say('two')).rejects.toThrow(brokenOff)
    expect(await lines[1]!.say('two')).toBe('two')
    for (const line of lines) line.close()
    await isRefused(otherAddress(1))
    await resolve({ name }, [to(otherAddress(1))])
    await isRefused(otherAddress(1))
    expect(asked.map(({ isNew }) => isNew)).toEqual([false, true, true])
  })

  test('a connection that was allowed by a name is judged when that is unlisted, also when its address has run out', async () => {
    const { firewall } = await refusing({ leastSeconds: 1, graceSeconds: 1 })
    await firewall.allow(name)
    await resolve({ name }, [to(otherAddress(1), 1)])
    const line = await world.dial(otherAddress(1), 4000)
    await world.sleep(2_500)
    expect(await line.say('one')).toBe('one')
    await firewall.unlist(name)
    await expect(line.say('two')).rejects.toThrow(brokenOff)
    line.close()
  })

  test('the same where a name had more addresses than are remembered', async () => {
    const { firewall } = await refusing({ addresses: 10_000 })
    await firewall.allow(name)
    for (let from = 0; from < 4_200; from += 50)
      await resolve(
        { id: from, name },
        Array.from({ length: 50 }, (_, i) => to(otherAddress(from + i))),
      )
    const line = await world.dial(otherAddress(1), 4000)
    expect(await line.say('one')).toBe('one')
    await firewall.unlist(name)
    expect(firewall.epoch).toBe(1)
    await expect(line.say('two')).rejects.toThrow(brokenOff)
    line.close()
  })

  test('the server of DNS is not blocked, whatever a blocked name stands for', async () => {
    const { firewall } = await refusing({ privateAddresses: 'list' }, { judge: () => 'accept' })
    await firewall.block(name)
    await resolve({ name }, [to('10.99.0.2')])
    await passes('10.99.0.2')
  })

  test('a name that is blocked and allowed is blocked', async () => {
    const { firewall } = await refusing()
    await firewall.allow('*.example.org')
    await firewall.block(name)
    await resolve({ name }, [to(otherAddress(1))])
    await expect(world.dial(otherAddress(1), 4000)).rejects.toThrow('silence')
    await firewall.unlist(name)
    await passes(otherAddress(1))
  })

  test('a name that is listed for a time is judged afterwards, and so are its addresses', async () => {
    const { firewall } = await refusing()
    await firewall.allow(name, { seconds: 2 })
    await resolve({ name }, [to(otherAddress(1), 600)])
    await passes(otherAddress(1))
    await world.sleep(2_500)
    await isRefused(otherAddress(1))
    await resolve({ name }, [to(otherAddress(1), 600)])
    await isRefused(otherAddress(1))
  })

  test('a start honours nothing that names have allowed before', async () => {
    for (let round = 0; round < 3; round++) {
      const first = await refusing({}, { absent: 'drop' })
      await first.firewall.allow(name)
      await resolve({ name }, [to(otherAddress(1))])
      const line = await world.dial(otherAddress(1), 4000)
      await first.firewall.close()
      // The rules that are left go on to let the connection pass, until those of the next start are in force.
      const talking = (async () => {
        for (let i = 0; i < 300; i++) expect(await line.say('on and on')).toBe('on and on')
        return 'it goes on'
      })().catch((error: Error) => error.message)
      const second = await refusing({}, { absent: 'drop' })
      // Nothing is heard where a slow machine takes longer to begin than a line is patient.
      expect(await talking).toMatch(/^(ECONNRESET|ECONNABORTED|silence)$/)
      await expect.poll(() => second.asked.map(({ isNew }) => isNew), { timeout: 30_000 }).toEqual([false])
      await second.firewall.remove()
    }
  })

  test('what is no name is refused, and names need servers', async () => {
    const { firewall } = await refusing()
    for (const wrong of ['10.0.0.256', 'www..org', '*', 'a*.example.org', 'bücher.example', ''])
      await expect(firewall.allow(wrong), wrong).rejects.toThrow('is neither an address, nor a network, nor a name')
    for (const wrong of [undefined, null, 7, {}, ['10.0.0.1', null]])
      for (const list of ['allow', 'block', 'unlist'] as const)
        await expect(firewall[list](wrong as never), `${list}(${wrong})`).rejects.toThrow(RangeError)
  })

  test('resolve then connect: none is refused', async () => {
    const count = Number(process.env['NAMES'] ?? 100)
    const { firewall, asked } = await refusing({ addresses: 65_536 })
    await firewall.allow('*.example.org')
    for (let i = 0; i < count; i += 20)
      await Promise.all(
        Array.from({ length: Math.min(20, count - i) }, async (_, j) => {
          const one = `n${i + j}.example.org`
          await resolve({ id: j, name: one }, [{ ...to(otherAddress(i + j)), name: one }])
          const line = await world.dial(otherAddress(i + j), 4000)
          line.close()
        }),
      )
    expect(asked).toEqual([])
  }, 600_000)

  test('forged answers add nothing', async () => {
    const count = Number(process.env['FORGED'] ?? 1_000)
    const { firewall } = await refusing({ servers: 'any' })
    await firewall.allow('*.example.org')
    const resolved: string[] = []
    firewall.on('resolved', (one) => void resolved.push(...one.addresses))
    const forgery = (i: number): DnsReply => {
      const questions = [{ id: 8 + (i % 60_000), name }, { name: `n${i}.example.org` }, { name, type: 'aaaa' as const }]
      const question = questions[i % 3]!
      const record = { ...to(otherAddress(i % 65_536)), name: question.name }
      return { bytes: answer(question, [record]), from: i % 4 === 3 ? 'stranger' : 'server' }
    }
    // In portions, until so many have come by: of a flood, the client's socket would drop what finds no room.
    const end = { bytes: answer({ name: 'end.example.org' }, []) }
    for (let i = 0; firewall.stats().names!.others < count; i += 100)
      await world.resolve(query({ name }), [...Array.from({ length: 100 }, (_, j) => forgery(i + j)), end])
    const own = { name: 'own.example.org' }
    expect(resolved).toEqual([])
    await resolve(own, [{ ...to(otherAddress(1)), name: own.name }])
    expect(resolved).toEqual([otherAddress(1)])
  }, 600_000)
}

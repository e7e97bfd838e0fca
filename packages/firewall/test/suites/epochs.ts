import { openNftables } from '@nfkit/nftables'
import { expect, test } from 'vitest'
import type { FirewallVerdict } from '../../src/index.ts'
import { brokenOff, staged } from './stage.ts'
import type { Line, World } from './world.ts'

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Numbers from 0 to 1 that are the same in each run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

/** What was decided under an older policy never decides again, however numbers wrap and whatever happens at once. */
export function epochs(world: World): void {
  test('a change of the policy is one batch', async () => {
    const { firewall } = await staged(world)
    const line = await world.dial('peer', 4000)
    await using nft = await openNftables(world.connect())
    const before = await nft.generation()
    await firewall.reconsider()
    expect(await nft.generation()).toBe(before + 1)
    line.close()
  })

  test('a random life with one bit for epochs: late answers, changes at once, and each packet by the policy that is in force', async () => {
    const random = numbers(7)
    const next = () => random.next().value
    let policy: FirewallVerdict = 'accept'
    const { firewall } = await staged(world, {
      mask: 0x7,
      async judge() {
        const answer = policy
        await wait(3 * next())
        return answer
      },
    })
    const lines: (Line | undefined)[] = [undefined, undefined, undefined]
    let refused = 0
    let waited = 0
    for (let step = 0; step < 80; step++) {
      if (next() < 0.5) {
        policy = next() < 0.5 ? 'accept' : 'reject'
        const changes = [firewall.reconsider()]
        if (next() < 0.3) changes.push(firewall.reconsider())
        for (const one of await Promise.all(changes)) if (one.waited) waited++
        continue
      }
      const at = Math.floor(3 * next())
      const line = lines[at]
      const done = line === undefined ? world.dial('peer', 4000) : line.say(`${step}`).then(() => line)
      if (policy === 'accept') lines[at] = await done
      else {
        await expect(done, `step ${step}`).rejects.toThrow(line === undefined ? 'ECONNREFUSED' : brokenOff)
        lines[at] = undefined
        refused++
      }
    }
    for (const line of lines) line?.close()
    expect(refused).toBeGreaterThan(5)
    expect(waited).toBeGreaterThan(5)
  })

  test('a filtered change and verdicts that are given meanwhile: none of the old ones is left', async () => {
    const random = numbers(11)
    const next = () => random.next().value
    let policy: FirewallVerdict = 'accept'
    const { firewall, asked } = await staged(world, {
      match: 'tcp dport { 4000, 4001 }',
      async judge({ destination }) {
        const answer = destination?.port === 4000 ? policy : 'accept'
        await wait(4 * next())
        return answer
      },
    })
    const other = await world.dial('peer', 4001)
    for (let round = 0; round < 5; round++) {
      policy = 'accept'
      await firewall.reconsider({ destinationPort: 4000 })
      const dialling = Array.from({ length: 8 }, () => world.dial('peer', 4000))
      const settled = Promise.allSettled(dialling)
      await wait(6 * next())
      policy = 'reject'
      await firewall.reconsider({ destinationPort: 4000 })
      for (const result of await settled) {
        if (result.status === 'rejected') expect(result.reason.message).toBe('ECONNREFUSED')
        else await expect(result.value.say('late')).rejects.toThrow(brokenOff)
      }
    }
    expect(await other.say('hello')).toBe('hello')
    other.close()
    expect(asked.filter(({ destination }) => destination?.port === 4001).length).toBe(1)
  })
}

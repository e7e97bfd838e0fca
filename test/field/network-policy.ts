import { expect, test } from 'vitest'
import type { World } from '../../packages/firewall/test/suites/world.ts'
import { brokenOff, ending, load, optionsIn } from './stage.ts'

const workloads = { web: ['10.99.0.1'], db: ['10.99.0.2'], batch: ['10.99.0.3'] }
const policy = (from: readonly string[], ...ports: readonly string[]) => ({
  workloads,
  policies: [{ to: 'db', from, ports }],
})

export function networkPolicy(world: World): void {
  const enforced = async (state: object) => {
    const { enforce } = await load('network-policy')
    const { firewall, change } = await enforce(state, optionsIn(world))
    ending(world, firewall)
    return { firewall, change }
  }

  test('network-policy: a workload is reached as its policies say, from the first packet on', async () => {
    await enforced(policy(['web'], 'tcp/4000'))
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    line.close()
    await expect(world.dial('peer', 4001)).rejects.toThrow('ECONNREFUSED')
    await expect(world.ask(4000, 'one')).rejects.toThrow('EHOSTUNREACH')
  })

  test('network-policy: a change is about connections that are there, too', async () => {
    const { firewall, change } = await enforced(policy(['web'], 'tcp/4000', 'tcp/4001'))
    const lines = [await world.dial('peer', 4000), await world.dial('peer', 4001)]
    for (const line of lines) expect(await line.say('one')).toBe('one')
    await change(policy(['web'], 'tcp/4001'))
    await expect(lines[0]!.say('two')).rejects.toThrow(brokenOff)
    expect(await lines[1]!.say('two')).toBe('two')
    await change(policy(['batch']))
    await expect(lines[1]!.say('three')).rejects.toThrow(brokenOff)
    for (const line of lines) line.close()
    expect(firewall.stats().judged).toEqual({ accept: 3, drop: 0, reject: 2 })
  })

  test('network-policy: a policy with a slip changes nothing', async () => {
    const { change } = await enforced(policy(['web'], 'tcp/4000'))
    await expect(change(policy(['wbe']))).rejects.toThrow('there is no workload "wbe": write web, db, batch')
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    line.close()
  })

  test('network-policy: what a workload may reach is judged, too, and what no policy is about passes', async () => {
    const { change } = await enforced({ workloads, policies: [{ by: 'web', to: ['batch'] }] })
    await expect(world.dial('peer', 4000)).rejects.toThrow('ECONNREFUSED')
    await change({ workloads, policies: [{ by: 'batch', to: ['web'] }] })
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    line.close()
  })
}

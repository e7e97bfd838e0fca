import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { sh } from '../../../test/host.ts'
import { MarkClashError } from '../src/index.ts'
import { legacyRules } from '../src/linux.ts'
import { kernelWorld } from './suites/kernel-world.ts'
import { staged } from './suites/stage.ts'

/** Rules of other tools that use marks, as those tools make them. */

const world = await kernelWorld()
afterAll(() => world[Symbol.asyncDispose]())

const undo: string[] = []
afterEach(() => {
  for (const line of undo.splice(0)) sh(line)
})
const rule = (tool: string, text: string) => {
  sh(`${tool} -A ${text}`)
  undo.push(`${tool} -D ${text}`)
}

/** Where the clash of a firewall with the default mask is. */
async function clash(options = {}): Promise<{ where: string; rule: string }[]> {
  const refused = await staged(world, options).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(MarkClashError)
  return (refused as MarkClashError).clashes.map(({ where, rule }) => ({ where, rule }))
}

test('nothing is in the way of the default mask, and all was looked at', async () => {
  const { firewall } = await staged(world, { legacyRules })
  expect(firewall.markCheck).toEqual({ clashes: [], unchecked: [] })
})

describe('iptables (nf_tables)', () => {
  test.each([
    ['OUTPUT -t mangle -j MARK --set-xmark 0x1000000/0x1000000', /mark/i],
    ['OUTPUT -t mangle -m connmark --mark 0x1 -j ACCEPT', /connmark|ct mark/],
    ['OUTPUT -t mangle -j CONNMARK --save-mark', /CONNMARK/],
    ['INPUT -m mark --mark 0x80000000/0x80000000 -j DROP', /mark/],
  ])('-A %s', async (text, says) => {
    const [chain, ...more] = text.split(' ')
    const table = more[0] === '-t' ? more.splice(0, 2).join(' ') : ''
    rule(`iptables ${table}`, `${chain} ${more.join(' ')}`)
    const [found, ...others] = await clash()
    expect(found).toEqual({ where: 'nf_tables', rule: expect.stringMatching(says) })
    expect(others.every(({ where }) => where === 'nf_tables')).toBe(true)
  })

  test('and rules about other bits are no clash', async () => {
    rule('iptables -t mangle', 'OUTPUT -j MARK --set-xmark 0x7/0xff')
    rule('iptables -t mangle', 'OUTPUT -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff')
    const { firewall } = await staged(world)
    expect(firewall.markCheck.clashes).toEqual([])
  })
})

describe.each(['', '-6'])('ip %s rule', (family) => {
  test('that looks for a bit of the mask is a clash', async () => {
    sh(`ip ${family} rule add fwmark 0x1000000/0xff000000 table 100`)
    undo.push(`ip ${family} rule del fwmark 0x1000000/0xff000000 table 100`)
    expect(await clash()).toEqual([
      { where: 'ip rule', rule: expect.stringMatching(/^\d+: fwmark 0x1000000\/0xff000000 lookup 100$/) },
    ])
  })

  test('about a whole mark without such a bit is none', async () => {
    sh(`ip ${family} rule add not fwmark 0xca6c table 100`)
    undo.push(`ip ${family} rule del not fwmark 0xca6c table 100`)
    const { firewall } = await staged(world)
    expect(firewall.markCheck).toMatchObject({ clashes: [] })
  })
})

describe('iptables-legacy', () => {
  test('is looked at where its rules are told, and said not to be where they are not', async (context) => {
    try {
      rule('iptables-legacy -t mangle', 'OUTPUT -j MARK --set-xmark 0x1000000/0xffffffff')
    } catch {
      context.skip('this kernel, or this machine, has no iptables-legacy')
    }
    const { firewall } = await staged(world)
    expect(firewall.markCheck).toEqual({
      clashes: [],
      unchecked: [expect.stringMatching(/^iptables-legacy: rules of its tables \(.*mangle.*\): pass legacyRules$/)],
    })
    await firewall.close()
    expect(await clash({ legacyRules })).toEqual([
      { where: 'iptables-legacy', rule: '-A OUTPUT -j MARK --set-xmark 0x1000000/0xffffffff' },
    ])
    const failing = await staged(world, { legacyRules: () => Promise.reject(new Error('no such tool')) })
    expect(failing.firewall.markCheck.unchecked).toEqual([expect.stringContaining('no such tool')])
  })
})

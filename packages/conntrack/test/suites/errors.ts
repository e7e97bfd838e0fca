import { NetlinkError } from '@nfkit/netlink-transport'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ConntrackTable, NewFlow, ZonedTuple } from '../../src/index.ts'
import { emptyTable } from './empty-table.ts'
import { end, expected, master, tcp, udp6 } from './tuples.ts'
import { helpersOf, noHelpers } from './user-helpers.ts'
import type { World } from './world.ts'

const echo = (type: number): ZonedTuple => ({
  protocol: 'icmp',
  source: end('10.0.0.1'),
  destination: end('10.0.0.2'),
  icmp: { type, code: 0, id: 7 },
})
const sctp: ZonedTuple = { ...tcp(4000), protocol: 'sctp' }
const other: ZonedTuple = { ...master, source: end('10.0.0.3', 4000) }
const related: ZonedTuple = { ...master, source: end('10.0.0.9', 9) }
const policy = { name: 'short', family: 'ipv4', protocol: 'udp', seconds: { unreplied: 7 } } as const
const helper = {
  name: 'near',
  family: 'ipv4',
  protocol: 'udp',
  queue: 1,
  classes: [{ name: 'one', expectMax: 1, timeoutSeconds: 60 }],
  privateDataLength: 0,
} as const

/** The errnos requests are refused with, each with the advice it comes with, on every kernel, the simulated one included. */
export function errors(world: World): void {
  describe('errors', () => {
    let ct: ConntrackTable
    emptyTable(world, (opened) => {
      ct = opened
    })

    const make = (original: ZonedTuple, more: Partial<NewFlow> = {}) =>
      ct.create({ original, timeoutSeconds: 600, ...more })
    const expectation = (more = {}) => ct.expectations.create({ tuple: expected(5000), master, ...more })

    type Case = readonly [what: string, code: string, advice: RegExp, request: () => Promise<unknown>]
    const refused = (request: string, cases: readonly Case[]) =>
      describe(request, () => {
        test.each(cases)('%s: %s', async (_what, code, advice, call) => {
          const error = await call().then(
            () => undefined,
            (error: unknown) => error,
          )
          expect(error).toBeInstanceOf(NetlinkError)
          expect(error).toMatchObject({ code, request, advice: expect.stringMatching(advice) })
          // One line that says what was asked, what came of it, and what to do.
          const { message, errno } = error as NetlinkError
          expect(message).toMatch(new RegExp(`^${request}: ${code}\\b.*: .{20}`))
          expect(message).not.toContain('\n')
          expect(errno).toBeGreaterThan(0)
        })
      })

    refused('IPCTNL_MSG_CT_GET', [
      ['an ICMP type that starts no exchange', 'EINVAL', /ICMP types that start no exchange/, () => ct.get(echo(3))],
    ])

    describe('creating', () => {
      beforeEach(() => make(tcp(1)))
      const taken = {
        reply: { protocol: 'tcp', source: end('10.0.0.2', 80), destination: end('10.0.0.1', 1) },
      } as const
      refused('IPCTNL_MSG_CT_NEW', [
        ['what exists', 'EEXIST', /belongs to an entry already/, () => make(tcp(1))],
        ['a reply that is another’s', 'EEXIST', /belongs to an entry already/, () => make(tcp(2), taken)],
        ['of a master there is not', 'ENOENT', /`master`/, () => make(tcp(2), { master })],
        ['an ICMP type that starts no exchange', 'EINVAL', /tuple/, () => make(echo(3))],
        ['two protocols', 'EINVAL', /one protocol/, () => make(tcp(2), { reply: { ...taken.reply, protocol: 'udp' } })],
        ['an expected one', 'EBUSY', /`expected` or `dying`/, () => make(tcp(2), { status: ['expected'] })],
        ['a dying one', 'EBUSY', /`expected` or `dying`/, () => make(tcp(2), { status: ['dying'] })],
        ['a TCP state above 9', 'ERANGE', /TCP state/, () => make(tcp(2), { tcp: { state: 10 } })],
        ['a window scale above 14', 'ERANGE', /window scale/, () => make(tcp(2), scaled(15))],
        ['a helper there is not', 'EOPNOTSUPP', /no helper of that name/, () => make(tcp(2), { helper: 'nonesuch' })],
      ])
    })

    describe('changing', () => {
      beforeEach(async () => {
        await make(tcp(1))
        await make(sctp, { sctp: { state: 'established', originalTag: 1, replyTag: 2 } })
        await make(tcp(3), { status: ['fixedTimeout', 'seenReply', 'assured'] })
        await make(master, { helper: 'tftp' })
        await make(related, { master })
      })
      refused('IPCTNL_MSG_CT_NEW', [
        ['an entry there is not', 'ENOENT', /expired or was deleted/, () => ct.update(tcp(2), { mark: 1 })],
        ['one of another zone', 'ENOENT', /another zone/, () => ct.update(tcp(1, { zone: 3 }), { mark: 1 })],
        ['to a status that is not the user’s', 'EBUSY', /status/, () => ct.update(tcp(1), { status: ['dying'] })],
        ['to an expected one', 'EBUSY', /`expected`/, () => ct.update(tcp(1), { status: ['expected'] })],
        ['to another helper', 'EBUSY', /another helper/, () => ct.update(master, { helper: 'amanda' })],
        ['an expected one to have a helper', 'EBUSY', /itself expected/, () => ct.update(related, { helper: 'tftp' })],
        ['a timeout that is fixed', 'EPERM', /`fixedTimeout`/, () => ct.update(tcp(3), { timeoutSeconds: 5 })],
        ['to a helper there is not', 'EOPNOTSUPP', /no helper/, () => ct.update(tcp(1), { helper: 'nonesuch' })],
        [
          'to have a helper after all',
          'EOPNOTSUPP',
          /without room for one/,
          () => ct.update(tcp(1), { helper: 'ftp' }),
        ],
        ['a TCP state above 9', 'ERANGE', /TCP state/, () => ct.update(tcp(1), { tcp: { state: 10 } })],
        ['a window scale above 14', 'ERANGE', /window scale/, () => ct.update(tcp(1), scaled(15))],
      ])

      test('a failing change leaves what the kernel did before it', async () => {
        await expect(ct.update(tcp(1), { timeoutSeconds: 60, tcp: { state: 10 }, mark: 5 })).rejects.toThrow('ERANGE')
        const flow = (await ct.get(tcp(1)))!
        expect(flow.timeoutSeconds).toBeLessThanOrEqual(60)
        expect(flow.mark).toBe(0)
      })
    })

    describe('deleting', () => {
      refused('IPCTNL_MSG_CT_DELETE', [
        ['an entry there is not', 'ENOENT', /another zone/, () => ct.delete(tcp(2))],
        ['an ICMP type that starts no exchange', 'EINVAL', /cannot be looked up/, () => ct.delete(echo(3))],
      ])
    })

    describe('expecting', () => {
      beforeEach(async () => {
        await make(master, { helper: 'tftp' })
        await make(other, { helper: 'tftp' })
        await make(tcp(1))
        await expectation()
      })
      refused('IPCTNL_MSG_EXP_NEW', [
        ['what is expected', 'EEXIST', /exists already/, () => expectation()],
        ['of a master there is not', 'ENOENT', /`master`/, () => expectation({ tuple: expected(1), master: tcp(2) })],
        [
          'of a master without a helper',
          'EOPNOTSUPP',
          /has no helper/,
          () => expectation({ tuple: expected(1), master: tcp(1) }),
        ],
        ['a class its helper has not', 'EINVAL', /class/, () => expectation({ tuple: expected(1), class: 1 })],
        [
          'a function there is not',
          'EINVAL',
          /function/,
          () => expectation({ tuple: expected(1), function: 'nonesuch' }),
        ],
        [
          'what another expectation covers',
          'EBUSY',
          /covers the same/,
          async () => {
            const source = end('10.0.0.2', 7)
            await expectation({ tuple: { ...expected(5002), source }, match: { sourcePort: true } })
            await expectation({ tuple: expected(5002), master: other })
          },
        ],
      ])
      refused('IPCTNL_MSG_EXP_DELETE', [
        ['what is not expected', 'ENOENT', /no such expectation/, () => ct.expectations.delete(expected(5001))],
      ])
    })

    describe('timeout policies', () => {
      beforeEach(() => ct.timeouts.create(policy))
      const replace = { onExisting: 'replace' } as const
      refused('IPCTNL_MSG_TIMEOUT_NEW', [
        ['that exist', 'EEXIST', /exists already/, () => ct.timeouts.create(policy)],
        [
          'for another protocol',
          'EINVAL',
          /for other protocols/,
          () => ct.timeouts.create({ ...policy, protocol: 'tcp', seconds: { established: 1 } }, replace),
        ],
        [
          'for a protocol without timeouts',
          'EOPNOTSUPP',
          /no timeouts for that protocol/,
          () => ct.timeouts.create({ ...policy, name: 'odd', protocol: 99, seconds: { timeout: 1 } }),
        ],
      ])
      refused('IPCTNL_MSG_TIMEOUT_DELETE', [
        ['that are not there', 'ENOENT', /no timeout policy/, () => ct.timeouts.delete('shorter')],
      ])
    })

    describe('helpers in user space', () => {
      beforeEach(async ({ skip }) => {
        const helpers = await helpersOf(ct)
        if (helpers === undefined) skip(noHelpers)
        for (const one of helpers ?? []) await ct.helpers.delete(one)
        await ct.helpers.create(helper)
      })
      refused('NFNL_MSG_CTHELPER_NEW', [
        ['that exist', 'EEXIST', /exists already/, () => ct.helpers.create(helper)],
        [
          'with much private data',
          'ENOMEM',
          /private data/,
          () => ct.helpers.create({ ...helper, name: 'far', privateDataLength: 4096 }),
        ],
      ])
      refused('NFNL_MSG_CTHELPER_DEL', [
        [
          'that are not there',
          'ENOENT',
          /no helper in user space/,
          () => ct.helpers.delete({ ...helper, name: 'far' }),
        ],
      ])
    })

    test('what can be seen to be wrong is not sent', async () => {
      await make(master, { helper: 'tftp' })
      const wrong: [where: string, request: () => Promise<unknown>][] = [
        ['CTA_HELP_NAME', () => make(tcp(2), { helper: 'abcdefghijklmnop' })],
        ['CTA_TUPLE_MASTER', () => make(udp6(2), { master })],
        ['CTA_TUPLE_REPLY', () => make(tcp(2), { reply: udp6(2) })],
        ['CTA_EXPECT_MASTER', () => expectation({ tuple: udp6(2) })],
        ['CTA_EXPECT_NAT', () => expectation({ nat: { direction: 'reply', tuple: udp6(2) } })],
        ['CTA_NAT_SRC', () => make(tcp(2), { nat: { source: { address: 'fd00::9' } } })],
        ['CTA_NAT_DST', () => make(tcp(2), { nat: { destination: { address: '10.0.0.9', lastAddress: 'fd00::9' } } })],
        ['CTA_ID', () => ct.find(undefined as never)],
        ['CTA_PROTOINFO_TCP_WSCALE', () => make(tcp(2), { tcp: { originalWindowScale: 3 } })],
        ['CTA_MARK', () => make(tcp(2), { mark: 2 ** 32 })],
        ['CTA_TIMEOUT', () => make(tcp(2), { timeoutSeconds: 1.5 })],
      ]
      for (const [where, request] of wrong)
        await expect(request(), where).rejects.toMatchObject({ name: 'EncodeError', where })
      expect(await ct.count()).toBe(1)
    })

    test('on a kernel without helpers in user space: EINVAL, with what is missing', async ({ skip }) => {
      if (await helpersOf(ct)) skip('kernel: it has helpers in user space')
      await expect(ct.helpers.create(helper)).rejects.toMatchObject({
        code: 'EINVAL',
        advice: expect.stringContaining('nfnetlink_cthelper'),
      })
    })
  })
}

const scaled = (scale: number) => ({
  tcp: {
    originalWindowScale: scale,
    replyWindowScale: 1,
    originalFlags: { flags: 1, mask: 1 },
    replyFlags: { flags: 1, mask: 1 },
  },
})

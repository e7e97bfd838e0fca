import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { read } from '../src/netlink/decode.ts'

const recorded = (name: string) => read(readFileSync(join(import.meta.dirname, 'strace', name), 'utf8'))
const firstLines = ({ messages }: ReturnType<typeof read>) => messages.map(({ text }) => text.split(' ')[0]!)

describe('strace', () => {
  test('a rule as strace takes it apart', () => {
    const reading = recorded('rule.txt')
    expect(reading).toMatchObject({ source: 'strace', unread: [], more: 0 })
    const rule = reading.messages.find(
      ({ text, direction }) => direction === 'toKernel' && text.startsWith('NFT_MSG_NEWRULE'),
    )
    expect(rule?.text).toContain('NFTA_RULE_TABLE "x"')
    expect(rule?.text).toContain('NFTA_EXPR_NAME "counter"')
    expect(reading.messages.every(({ isMalformed }) => !isMalformed)).toBe(true)
  })

  test('a refusal names its errno', () => {
    const reading = recorded('refused.txt')
    expect(reading.unread).toEqual([])
    expect(reading.messages.map(({ text }) => text).join('\n')).toContain('error ENOENT (2)')
  })

  test('the bytes below a call are preferred to what strace cut', () => {
    const reading = recorded('dumped.txt')
    expect(reading.unread).toEqual([])
    expect(firstLines(reading).slice(-3)).toEqual(['NFNL_MSG_BATCH_BEGIN', 'NFT_MSG_NEWTABLE', 'NFNL_MSG_BATCH_END'])
  })

  test('bytes in quotes, octal and hexadecimal', () => {
    const [octal, hex] = [
      '$\\0\\0\\0\\2\\0\\0\\1\\1\\0\\0\\0Zc\\0\\0\\0\\0\\0\\0\\24\\0\\0\\0\\20\\n\\5\\0\\1\\0\\0\\0\\0\\0\\0\\0',
      '\\x24\\x00\\x00\\x00\\x02\\x00\\x00\\x01\\x01\\x00\\x00\\x00\\x5a\\x63\\x00\\x00\\x00\\x00\\x00\\x00\\x14\\x00\\x00\\x00\\x10\\x0a\\x05\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00',
    ]
    const [first, second] = [octal, hex].map((bytes) =>
      read(
        `[pid 7] recvmmsg(18, [{msg_hdr={msg_iov=[{iov_base="${bytes}", iov_len=67648}]}, msg_len=36}], 62, MSG_DONTWAIT) = 1`,
      ),
    )
    expect(first!.messages[0]?.text).toMatch(/^NLMSG_ERROR/)
    expect(second!.messages).toEqual(first!.messages)
  })

  test('what was cut is told by its line', () => {
    const reading = read(
      'read(3) = 0\nsendto(3, [{nlmsg_len=40, nlmsg_type=NFNL_SUBSYS_NFTABLES<<8|NFT_MSG_GETCHAIN, nlmsg_flags=0, nlmsg_seq=2, nlmsg_pid=0}, {nfgen_family=AF_INET, version=NFNETLINK_V0, res_id=htons(0)}, "\\x07"...], 40, 0) = 40',
    )
    expect(reading).toMatchObject({ messages: [], unread: [{ line: 2, reason: expect.stringContaining('-s 65535') }] })
  })
})

describe('hexadecimal', () => {
  test('an empty line ends a datagram', () => {
    const ack = '2400000002000001 010000005a630000 00000000 14000000100a0500 0100000000000000'
    const reading = read(`${ack}\n\n${ack}`)
    expect(reading).toMatchObject({ source: 'hexadecimal', unread: [] })
    expect(reading.messages.map(({ line, text }) => [line, text.split(' ')[0]])).toEqual([
      [1, 'NLMSG_ERROR'],
      [3, 'NLMSG_ERROR'],
    ])
  })

  test('what is none is told by its line', () => {
    expect(read('1400\n\nhello').unread).toEqual([
      { line: 3, reason: expect.stringContaining('not hexadecimal') },
      { line: 1, reason: 'nlmsghdr at byte 0: 2 bytes, expected 16' },
    ])
  })
})

test('no text throws', () => {
  const pieces = fc.constantFrom(
    'sendto(3, ',
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\x0',
    '\\',
    'nlmsg_len=20',
    ', ',
    ')',
    '=',
    ' = 20',
    '\n',
    ' | 00000  14 00 \n',
    'nla_len=8',
    '14000000',
    ...'0afz',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => void read(parts.join(''))),
    { numRuns: 2_000 },
  )
})

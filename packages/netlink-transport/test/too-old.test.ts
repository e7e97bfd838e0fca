import { encodeAck, errno, messageFlags } from '@nfkit/netlink-codec'
import { type Conntrack, conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { describe, expect, test } from 'vitest'
import { type Advice, refusal } from '../src/index.ts'
import { message, protocol } from './messages.ts'

describe('a kernel that may be too old', () => {
  /** An answer with this errno to a request of these attributes. */
  const answered = (
    code: keyof typeof errno,
    attributes: Conntrack,
    more: { offset?: number; advice?: Advice } = {},
  ) => {
    const request = encodeMessage(
      { type: conntrackMessage.new.type, flags: messageFlags.request },
      conntrack,
      attributes,
    )
    const answer = encodeAck(request, { errno: errno[code], extended: { offs: more.offset } })
    return refusal(message(answer), request, protocol, more.advice)
  }
  const old = { mark: 1, statusMask: 8, filter: { origFlags: 1 } }

  test('is told of the newest attribute of the request where it names none', () => {
    expect(answered('EINVAL', old)?.message).toMatch(
      /it may be older than the feature: CTA_STATUS_MASK, since Linux 5\.15$/,
    )
    expect(answered('EOPNOTSUPP', { ...old, statusMask: undefined })).toMatchObject({
      message: expect.stringMatching(/a module is not loaded: CTA_FILTER, since Linux 5\.8$/),
      suspect: { name: 'CTA_FILTER', since: '5.8' },
    })
  })

  test('is told of the one it names, and of no other', () => {
    const advice = { EINVAL: 'the mark is wrong' }
    // Where each of the three starts, and what is in the last.
    const sentences = [20, 28, 36, 40].map((offset) => answered('EINVAL', old, { offset, advice })?.message)
    expect(sentences).toEqual([
      'IPCTNL_MSG_CT_NEW: EINVAL (CTA_MARK): the mark is wrong',
      'IPCTNL_MSG_CT_NEW: EINVAL (CTA_STATUS_MASK): the mark is wrong: CTA_STATUS_MASK, since Linux 5.15',
      'IPCTNL_MSG_CT_NEW: EINVAL (CTA_FILTER): the mark is wrong: CTA_FILTER, since Linux 5.8',
      'IPCTNL_MSG_CT_NEW: EINVAL (CTA_FILTER_ORIG_FLAGS): the mark is wrong: CTA_FILTER_ORIG_FLAGS, since Linux 5.8',
    ])
  })

  test('is not suspected where its errno has another reason, or advice knows one', () => {
    expect(answered('EPERM', old)?.message).not.toContain('since')
    expect(answered('EINVAL', old, { advice: { EINVAL: 'the mark is wrong' } })?.message).not.toContain('since')
    expect(answered('EINVAL', { mark: 1 })).toMatchObject({ suspect: undefined })
  })
})

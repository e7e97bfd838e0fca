import { messageFlags, putU16, putU32 } from '@nfkit/netlink-codec'
import { expect, test } from 'vitest'
import { isRefusal, refusal, type Trial } from './trial.ts'

/** Options, groups and filters do what they say. */
export function optionsClaims(trial: Trial): void {
  test('leaves out the request from a refusal when told so (capAck)', async () => {
    const { transport, inbox, numbered, answered, subject } = trial
    const refused = (n: number) => {
      const request = numbered(n)
      putU16(request, 4, 0x7f00)
      return request
    }
    transport.receive(inbox)
    transport.set('capAck', true)
    transport.send(refused(1))
    transport.set('capAck', false)
    transport.send(refused(2))
    await answered(1, 2)
    const [capped, whole] = inbox.messages
    expect(capped!.flags & messageFlags.capped).toBe(messageFlags.capped)
    expect(capped!.end).toBe(36)
    expect(whole!.flags & messageFlags.capped).toBe(0)
    expect(whole!.end).toBeGreaterThanOrEqual(36 + subject.request.length - 16)
  })

  test.each(['noEnobufs', 'broadcastError', 'extendedAck', 'capAck'] as const)('knows the option %s', (option) => {
    const { transport } = trial
    transport.set(option, true)
    transport.set(option, false)
  })

  test('joins and leaves a group, or says that it may not', () => {
    const { transport } = trial
    try {
      transport.join(1)
      transport.leave(1)
    } catch (error) {
      expect(error).toEqual(refusal('setsockopt', 'EPERM'))
    }
  })

  test.each([0, 33])('refuses group %s', (group) => {
    const { transport } = trial
    expect(() => transport.join(group)).toThrow(expect.toSatisfy((error) => isRefusal(error, ['EINVAL', 'EPERM'])))
  })

  test('delivers what a filter accepts', async () => {
    const { transport, inbox, ask, answered } = trial
    const [ret, load, jumpIfEqual] = [0x06, 0x20, 0x15]
    const answersTo = (sequence: number) => {
      const hostOrder = new Uint8Array(4)
      putU32(hostOrder, 0, sequence)
      return [
        { code: load, jt: 0, jf: 0, k: 8 },
        { code: jumpIfEqual, jt: 0, jf: 1, k: new DataView(hostOrder.buffer).getUint32(0) },
        { code: ret, jt: 0, jf: 0, k: 0xffff_ffff },
        { code: ret, jt: 0, jf: 0, k: 0 },
      ]
    }
    transport.receive(inbox)
    transport.filter(answersTo(2))
    for (let n = 1; n <= 3; n++) ask(n)
    transport.filter(undefined)
    ask(4)
    await answered(4)
    expect(inbox.sequences).toEqual([2, 4])
    transport.filter(undefined)
  })

  test('refuses what is no number for it, and words it does not know', () => {
    const { transport } = trial
    for (const group of [-1, 1.5, Number.NaN, 2 ** 32 + 1, '1' as never]) {
      expect(() => transport.join(group)).toThrow(RangeError)
      expect(() => transport.leave(group)).toThrow(RangeError)
    }
    for (const bytes of [-1, 0.5, Number.NaN, 2 ** 31, '65536' as never]) {
      expect(() => transport.resize({ receive: bytes })).toThrow(RangeError)
      expect(() => transport.resize({ send: bytes })).toThrow(RangeError)
      expect(() => transport.sibling({ longest: bytes })).toThrow(RangeError)
    }
    expect(() => transport.resize({ recieve: 65_536 } as never)).toThrow('did you mean "receive"?')
    for (const option of ['toString', '__proto__', 'noEnobuf', 5])
      expect(() => transport.set(option as never, true)).toThrow(RangeError)
    expect(transport.interfaceName(2 ** 32 + 1)).toBeUndefined()
    expect(transport.interfaceName(Number.NaN)).toBeUndefined()
    const pass = { code: 0x06, jt: 0, jf: 0, k: 0xffff_ffff }
    for (const change of [{ code: 0x1_0006 }, { jt: 256 }, { jf: -1 }, { k: 2 ** 32 }, { k: 0.5 }])
      expect(() => transport.filter([{ ...pass, ...change }])).toThrow(RangeError)
  })

  test('refuses a filter that is none', () => {
    const { transport } = trial
    expect(() => transport.filter([])).toThrow(refusal('setsockopt', 'EINVAL'))
    expect(() => transport.filter([{ code: 0xffff, jt: 0, jf: 0, k: 0 }])).toThrow(refusal('setsockopt', 'EINVAL'))
  })

  test('knows no name of an interface that is not there', () => {
    const { transport } = trial
    expect(transport.interfaceName(0x7fff_fff0)).toBeUndefined()
  })

  test('reads a file of /proc/net, and none that is not there', () => {
    const { transport } = trial
    expect(transport.procNet('netfilter/nfnetlink_queue')).toBeTypeOf('string')
    expect(transport.procNet('no/such file')).toBeUndefined()
    transport.close()
    expect(transport.procNet('netfilter/nfnetlink_queue')).toBeUndefined()
  })
}

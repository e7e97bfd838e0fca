import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { messageFlags, putU16, putU32 } from '@nfkit/netlink-codec'
import type { Claim } from './runner.ts'
import { refusal, type Trial } from './trial.ts'

/** Options, groups and filters do what they say. */
export function optionsClaims(claim: Claim, trial: Trial): void {
  claim('leaves out the request from a refusal when told so (capAck)', async () => {
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
    equal(capped!.flags & messageFlags.capped, messageFlags.capped)
    equal(capped!.end, 36)
    equal(whole!.flags & messageFlags.capped, 0)
    ok(whole!.end >= 36 + subject.request.length - 16)
  })

  for (const option of ['noEnobufs', 'broadcastError', 'extendedAck', 'capAck'] as const)
    claim(`knows the option ${option}`, () => {
      const { transport } = trial
      transport.set(option, true)
      transport.set(option, false)
    })

  claim('joins and leaves a group, or says that it may not', () => {
    const { transport } = trial
    try {
      transport.join(1)
      transport.leave(1)
    } catch (error) {
      refusal('setsockopt', 'EPERM')(error)
    }
  })

  for (const group of [0, 33])
    claim(`refuses group ${group}`, () => {
      const { transport } = trial
      throws(() => transport.join(group), refusal('setsockopt', 'EINVAL', 'EPERM'))
    })

  claim('delivers what a filter accepts', async () => {
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
    deepEqual(inbox.sequences, [2, 4])
    transport.filter(undefined)
  })

  claim('refuses what is no number for it, and words it does not know', () => {
    const { transport } = trial
    for (const group of [-1, 1.5, Number.NaN, 2 ** 32 + 1, '1' as never]) {
      throws(() => transport.join(group), RangeError)
      throws(() => transport.leave(group), RangeError)
    }
    for (const bytes of [-1, 0.5, Number.NaN, 2 ** 31, '65536' as never]) {
      throws(() => transport.resize({ receive: bytes }), RangeError)
      throws(() => transport.resize({ send: bytes }), RangeError)
      throws(() => transport.sibling({ longest: bytes }), RangeError)
    }
    throws(() => transport.resize({ recieve: 65_536 } as never), /did you mean "receive"\?/)
    for (const option of ['toString', '__proto__', 'noEnobuf', 5])
      throws(() => transport.set(option as never, true), RangeError)
    equal(transport.interfaceName(2 ** 32 + 1), undefined)
    equal(transport.interfaceName(Number.NaN), undefined)
    const pass = { code: 0x06, jt: 0, jf: 0, k: 0xffff_ffff }
    for (const change of [{ code: 0x1_0006 }, { jt: 256 }, { jf: -1 }, { k: 2 ** 32 }, { k: 0.5 }])
      throws(() => transport.filter([{ ...pass, ...change }]), RangeError)
  })

  claim('refuses a filter that is none', () => {
    const { transport } = trial
    throws(() => transport.filter([]), refusal('setsockopt', 'EINVAL'))
    throws(() => transport.filter([{ code: 0xffff, jt: 0, jf: 0, k: 0 }]), refusal('setsockopt', 'EINVAL'))
  })

  claim('knows no name of an interface that is not there', () => {
    const { transport } = trial
    equal(transport.interfaceName(0x7fff_fff0), undefined)
  })

  claim('reads a file of /proc/net, and none that is not there', () => {
    const { transport } = trial
    equal(typeof transport.procNet('netfilter/nfnetlink_queue'), 'string')
    equal(transport.procNet('no/such file'), undefined)
    transport.close()
    equal(transport.procNet('netfilter/nfnetlink_queue'), undefined)
  })
}

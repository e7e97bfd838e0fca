import { NetlinkError } from '@nfkit/netlink-transport'
import { describe, expect, test } from 'vitest'
import { PacketStateError, PoolError, QueueError, VerdictError } from '../src/index.ts'
import { Backoff } from '../src/pool/backoff.ts'
import { Policy } from '../src/pool/policy.ts'
import { errorOf, recordOf } from '../src/pool/thread/error-record.ts'

const refusal = new NetlinkError({ errno: 1, request: 'NFQNL_MSG_CONFIG', detail: 'no', attribute: 'NFQA_CFG_CMD' })
const across = (thrown: unknown): Error => errorOf(structuredClone(recordOf(thrown)))

describe('an error that has crossed threads', () => {
  test.each<[string, Error]>([
    ['QueueError', new QueueError(3, 'owned', refusal)],
    ['VerdictError', new VerdictError(3, 4, refusal)],
    ['PacketStateError', new PacketStateError(3, 'judged')],
    ['PoolError', new PoolError([1, 2], 'ended', { exitCode: 3 })],
    ['NetlinkError', refusal],
    ['RangeError', new RangeError('no', { cause: new TypeError('because') })],
    ['a subclass of ours', new (class Own extends SyntaxError {})('own')],
  ])('%s is the same: class, fields, text, stack and cause', (_, error) => {
    const copy = across(error)
    expect(copy).toEqual(error)
    expect(copy.stack).toBe(error.stack)
    expect(Object.keys(copy)).toEqual(Object.keys(error))
    expect(copy.toString()).toBe(error.toString())
    for (const known of [QueueError, VerdictError, PoolError, NetlinkError, RangeError, SyntaxError])
      expect(copy instanceof known, known.name).toBe(error instanceof known)
    expect((copy.cause as Error | undefined)?.constructor).toBe((error.cause as Error | undefined)?.constructor)
  })

  test('keeps a name that is its own', () => {
    const named = Object.assign(new TypeError('no'), { name: 'NativeUnavailableError' })
    expect(across(named)).toMatchObject({ name: 'NativeUnavailableError', message: 'no' })
    expect(across(named)).toBeInstanceOf(TypeError)
  })

  test('loses only what cannot be copied', () => {
    expect(across(Object.assign(new Error('no'), { code: 'E', retry: () => {} }))).toEqual(
      Object.assign(new Error('no'), { code: 'E' }),
    )
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a symbol', Symbol('no')],
    ['an object without text', Object.create(null)],
    [
      'a getter that throws',
      Object.defineProperty(new Error('no'), 'message', {
        get: () => {
          throw new Error('ha')
        },
      }),
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error('ha')
          },
        },
      ),
    ],
  ])('%s is an error, too', (_, thrown) => {
    expect(across(thrown)).toBeInstanceOf(Error)
  })

  test('a circle of causes ends', () => {
    const circle = new Error('round')
    circle.cause = circle
    expect(across(circle)).toMatchObject({ cause: { cause: { message: 'round' } } })
  })
})

describe('the pause before a worker is replaced', () => {
  test('doubles from death to death, up to ten seconds', () => {
    const backoff = new Backoff()
    expect(Array.from({ length: 10 }, () => backoff.pauseAfter(1_000))).toEqual([
      0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
    ])
  })

  test('begins again after a minute of life', () => {
    const backoff = new Backoff()
    for (let i = 0; i < 9; i++) backoff.pauseAfter(59_999)
    expect(backoff.pauseAfter(60_000)).toBe(0)
    expect(backoff.pauseAfter(0)).toBe(100)
  })
})

describe('the message in force', () => {
  const [a, b, c] = [{ value: 'a' }, { value: 'b' }, { value: 'c' }] as const

  test('is the last that was not withdrawn, in whatever order answers come', () => {
    const policy = new Policy(a)
    policy.add(b)
    policy.add(c)
    expect(policy.inForce).toBe(c)
    policy.withdraw(b)
    expect(policy.inForce).toBe(c)
    policy.withdraw(c)
    expect(policy.inForce).toBe(a)
    policy.withdraw(a)
    expect(policy.inForce).toBeUndefined()
  })

  test('keeps none before one that was taken', () => {
    const policy = new Policy(a)
    policy.add(b)
    policy.keep(b)
    policy.withdraw(b)
    expect(policy.inForce).toBeUndefined()
  })
})

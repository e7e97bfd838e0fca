import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { type SupervisorOptions, succeed, supervise } from '../src/index.ts'

const gate = Object.assign(new SimulatedKernel().connect(), { fd: 0 })
const right: SupervisorOptions = { worker: 'worker.mjs', sockets: { gate }, queues: { gate: [{ number: 0 }] } }

const wrong: { readonly [K in keyof SupervisorOptions]: readonly unknown[] } = {
  worker: [undefined, null, 5],
  sockets: [undefined, null, 5, [], { gate: new SimulatedKernel().connect() }, { gate: { fd: -1, heir() {} } }],
  queues: [undefined, null, 5, [], { gaet: [] }],
  absent: ['acept', null, 'repeat'],
  absentMilliseconds: [0, -1, '5', Number.NaN],
  loadingMilliseconds: [0, -1, '5', Number.NaN],
  leavingMilliseconds: [0, -1, '5', Number.NaN],
  watchdogMilliseconds: [0, -1, '5', Number.NaN],
}

test.each(Object.entries(wrong))('refuses what %s cannot be, by its name', async (name, values) => {
  for (const value of values) {
    const error = await supervise({ ...right, [name]: value }).catch((refused: unknown) => refused)
    expect(error, String(value)).toSatisfy((it) => it instanceof RangeError || it instanceof TypeError)
    expect((error as Error).message).toContain(name)
  }
})

test('a misspelt option is refused', async () => {
  await expect(supervise({ ...right, absend: 'drop' } as never)).rejects.toThrow('did you mean "absent"?')
})

test('a worker that nobody supervises is told so', async () => {
  const { send } = process
  process.send = undefined as never
  try {
    await expect(succeed(() => () => {})).rejects.toThrow('no supervisor has started this process')
  } finally {
    process.send = send as never
  }
})

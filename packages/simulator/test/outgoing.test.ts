import { expect, test } from 'vitest'
import { Outgoing } from '../src/host/outgoing.ts'

/** What a socket sends, in packets of ten bytes, as `[position, length]`. */
function sending(bytes: number) {
  const sent: [number, number][] = []
  const outgoing = new Outgoing(10, (at, data) => sent.push([at, data.length]))
  outgoing.write(new Uint8Array(bytes))
  outgoing.flush()
  return { outgoing, sent: () => sent.splice(0) }
}

test('of a loss tell three copies of an acknowledgement, once, and bare ones only', () => {
  const { outgoing, sent } = sending(30)
  expect(sent()).toEqual([
    [0, 10],
    [10, 10],
    [20, 10],
  ])
  const copy = (bare = true) => outgoing.acknowledge(10, 1000, [], bare)
  copy()
  for (let i = 0; i < 3; i++) copy(false)
  for (let i = 0; i < 2; i++) copy()
  expect(sent()).toEqual([])
  copy()
  expect(sent()).toEqual([[10, 10]])
  copy()
  expect(sent()).toEqual([])
  outgoing.acknowledge(20, 1000, [], true)
  for (let i = 0; i < 3; i++) outgoing.acknowledge(20, 1000, [], true)
  expect(sent()).toEqual([[20, 10]])
})

test('where nothing waits, copies tell of no loss', () => {
  const { outgoing, sent } = sending(10)
  sent()
  for (let i = 0; i < 4; i++) outgoing.acknowledge(10, 1000, [], true)
  expect(sent()).toEqual([])
})

import { expect, test } from 'vitest'
import { Listeners } from '../src/index.ts'

interface Events {
  rain: [number]
}

function stage() {
  const listeners = new Listeners<Events>()
  const heard: string[] = []
  const as = (name: string) => (millimetres: number) => heard.push(`${name} ${millimetres}`)
  return { listeners, heard, as }
}

test('all who listen hear, in the order they came, and telling says whether anybody does', () => {
  const { listeners, heard, as } = stage()
  expect(listeners.tell('rain', [1])).toBe(false)
  listeners.on('rain', as('a'))
  listeners.once('rain', as('b'))
  expect(listeners.tell('rain', [2])).toBe(true)
  expect(listeners.tell('rain', [3])).toBe(true)
  expect(heard).toEqual(['a 2', 'b 2', 'a 3'])
})

test('one listener can listen twice; each `off` takes back the latest, and `once` ends itself', () => {
  const { listeners, heard, as } = stage()
  const one = as('a')
  listeners.once('rain', one)
  listeners.on('rain', one)
  listeners.tell('rain', [1])
  listeners.tell('rain', [2])
  expect(heard).toEqual(['a 1', 'a 1', 'a 2'])
  listeners.off('rain', one)
  listeners.off('rain', one)
  expect(listeners.tell('rain', [3])).toBe(false)
})

test('a listener that throws keeps no other from hearing, and what it throws surfaces as uncaught', async () => {
  const { listeners, heard, as } = stage()
  const others = process.listeners('uncaughtException')
  const thrown: unknown[] = []
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => thrown.push(error.message))
  listeners.on('rain', () => {
    throw new Error('wet')
  })
  listeners.on('rain', as('b'))
  listeners.tell('rain', [1])
  await new Promise((resolve) => setTimeout(resolve))
  process.removeAllListeners('uncaughtException')
  for (const other of others) process.on('uncaughtException', other)
  expect(heard).toEqual(['b 1'])
  expect(thrown).toEqual(['wet'])
})

test('a listener that comes or goes while others are told changes nothing for this time', () => {
  const { listeners, heard, as } = stage()
  const late = as('late')
  listeners.on('rain', () => listeners.on('rain', late))
  listeners.tell('rain', [1])
  expect(heard).toEqual([])
  listeners.tell('rain', [2])
  expect(heard).toEqual(['late 2'])
})

test('what is held is told to those who came until then', async () => {
  const { listeners, heard, as } = stage()
  listeners.hold()
  expect(listeners.tell('rain', [1])).toBe(true)
  listeners.begin()
  listeners.on('rain', as('a'))
  expect(heard).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(heard).toEqual(['a 1'])
  listeners.tell('rain', [2])
  expect(heard).toEqual(['a 1', 'a 2'])
})

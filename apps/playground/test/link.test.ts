import fc from 'fast-check'
import { expect, test } from 'vitest'
import { examples } from '../src/examples/examples.ts'
import { fragmentOf, LinkError, projectIn } from '../src/project/link.ts'
import type { Project } from '../src/project/project.ts'

const [{ project: first }] = examples

test('any project comes back as it was shared', async () => {
  const texts = fc.record({
    rules: fc.string({ unit: 'grapheme' }),
    judge: fc.string({ unit: 'grapheme-composite' }),
    lines: fc.array(fc.string(), { maxLength: 32 }),
  })
  await fc.assert(
    fc.asyncProperty(texts, async ({ rules, judge, lines }) => {
      const project: Project = {
        ...first,
        rules: { language: 'typescript', text: rules },
        judge,
        lines,
      }
      const fragment = await fragmentOf(project)
      expect(fragment).toMatch(/^#project=[\w-]+$/)
      expect(await projectIn(fragment)).toEqual(project)
    }),
  )
})

test('an example is a short link', async () => {
  for (const { project } of examples) expect((await fragmentOf(project)).length).toBeLessThan(2_000)
})

test('another fragment is none', async () => {
  expect(await projectIn('')).toBeUndefined()
  expect(await projectIn('#netlink')).toBeUndefined()
})

test('a damaged link is an error, whatever the damage is', async () => {
  const fragment = await fragmentOf(first)
  const wrong = async (text: string) => expect(projectIn(text)).rejects.toThrow(LinkError)
  await wrong('#project=')
  await wrong('#project=%%%')
  await wrong(fragment.slice(0, -20))
  await wrong(await fragmentOf({ ...first, judge: 7 } as never))
  await wrong(await fragmentOf({ ...first, lines: ['x'.repeat(1_001)] }))
})

test('a few bytes that would be very many are refused', async () => {
  const bomb = await fragmentOf({ ...first, rules: { language: 'listing', text: ' '.repeat(30_000_000) } })
  expect(bomb.length).toBeLessThan(100_000)
  await expect(projectIn(bomb)).rejects.toThrow(/more than 2 MiB/)
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { explanations } from '../oracle/explanations.ts'

const page = readFileSync(new URL('../../../docs/captures.md', import.meta.url), 'utf8')

test.each(explanations)('the page about captures explains $name', ({ name, says }) => {
  expect(page).toContain(`| ${name} | ${says} |`)
})

test('and nothing else', () => {
  const rows = page.match(/^\| (?!what differs)/gm)
  expect(rows).toHaveLength(explanations.length)
})

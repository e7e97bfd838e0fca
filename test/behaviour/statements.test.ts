import { expect, test } from 'vitest'
import { scenarios } from './scenario.ts'
import './scenarios/index.ts'
import { statements } from './statements.ts'

test.each(Object.entries(statements))('%s is a sentence that a scenario shows: %s', (key, sentence) => {
  expect(sentence).toMatch(/^[A-Z].+\.$/)
  expect(scenarios().filter(({ statement }) => statement === key)).not.toHaveLength(0)
})

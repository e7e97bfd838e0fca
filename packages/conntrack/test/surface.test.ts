import { expect, test } from 'vitest'
import * as surface from '../src/index.ts'

test('nothing is exported by accident', () => {
  expect(Object.keys(surface).sort()).toMatchInlineSnapshot(`
    [
      "ChangeTime",
      "ConntrackTable",
      "FlowLookup",
      "IgnoredChangeError",
      "flowKey",
      "flowMatcher",
      "formatExpectation",
      "openConntrack",
      "parseSaveLine",
      "saveLine",
    ]
  `)
})

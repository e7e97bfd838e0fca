import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as bytes from '../src/bytes.ts'
import * as main from '../src/index.ts'

test('nothing is exported by accident', () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "applyMask",
      "contains",
      "formatAddress",
      "formatEnd",
      "formatHardwareAddress",
      "formatHex",
      "formatNetwork",
      "formatTuple",
      "hasKeys",
      "hasPorts",
      "icmpAnswer",
      "inspect",
      "ipProtocol",
      "ipProtocolName",
      "isIcmp",
      "isSingle",
      "keyOf",
      "matchesMask",
      "mirror",
      "parseAddress",
      "parseEnd",
      "parseHex",
      "parseIpv4",
      "parseNetwork",
      "parseTuple",
      "prefixMask",
      "protocolName",
      "protocolNumber",
      "sameAddress",
      "samePrefix",
    ]
  `)
  expect(Object.keys(bytes).sort()).toMatchInlineSnapshot(`
    [
      "be16",
      "be32",
      "be64",
      "dataView",
      "putBe16",
      "putBe32",
      "putBe64",
      "utf8",
      "view",
    ]
  `)
})

test('the sources import nothing but each other, and run in a browser', () => {
  const source = new URL('../src/', import.meta.url)
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )) {
    const text = readFileSync(new URL(name, source), 'utf8')
    for (const [, from] of text.matchAll(/^(?:import|export) .* from '([^']+)'/gm))
      expect({ name, from }).toEqual({ name, from: expect.stringMatching(/^\.\.?\//) })
    expect({ name, found: /\b(Buffer|process|require|globalThis)\b/.exec(text) }).toEqual({ name, found: null })
  }
})

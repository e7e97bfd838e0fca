import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conntrack, conntrackMessage, Flow, formatFlow } from '../src/conntrack.ts'
import { Attrs, encodeAttrs, format, Message, printable } from '../src/index.ts'
import { encodeMessage } from '../src/nfnetlink.ts'
import { everything } from './everything.ts'

/** What a terminal might obey, line feeds included. */
const isControl = (code: number) => code < 0x20 || (code >= 0x7f && code < 0xa0)
const controls = Array.from({ length: 0xa0 }, (_, code) => code).filter(isControl)
const obeyed = (text: string) => [...text].filter((sign) => isControl(sign.charCodeAt(0)))

test('control characters are shown as their numbers, and nothing else is touched', () => {
  expect(printable('evil\x1b[2J\x9b31m\x7f\r\n')).toBe('evil\\x1b[2J\\x9b31m\\x7f\\x0d\\x0a')
  expect(obeyed(printable(String.fromCharCode(...controls)))).toEqual([])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      if (obeyed(text).length === 0) expect(printable(text)).toBe(text)
    }),
  )
})

const attributes = { tupleOrig: {}, help: { name: 'f\x1b[2J\n\x9b0m\x7f"\\' } }

test('a helper name in a line as conntrack prints it', () => {
  const line = formatFlow(new Flow(new Attrs(encodeAttrs(conntrack, attributes)), 2))
  expect(line).toContain('helper=f\\x1b[2J\\x0a\\x9b0m\\x7f"\\')
  expect(obeyed(line)).toEqual([])
})

test('a helper name in a printed message', () => {
  const bytes = encodeMessage({ type: conntrackMessage.new.type, flags: 0, family: 2 }, conntrack, attributes)
  const text = format(new Message(bytes, 0, bytes.length), everything)
  expect(text).toContain('CTA_HELP_NAME "f\\x1b[2J\\x0a\\x9b0m\\x7f\\"\\\\"')
  expect(obeyed(text.replaceAll('\n', ''))).toEqual([])
})

import { expect, test } from 'vitest'
import { noteIn, noteText } from '../src/netlink/note.ts'

test('what was noted is read', () => {
  const note = { call: 'join', arguments: [1], error: { syscall: 'setsockopt', errno: 1 } }
  expect(noteIn(noteText(note))).toEqual(note)
})

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
test.each([
  ['no note at all', 'the third packet'],
  ['no JSON', 'nfkit {'],
  ['no object', 'nfkit 7'],
  ['a call that is no name', 'nfkit {"call":{}}'],
  ['arguments that are no list', 'nfkit {"call":"join","arguments":"x"}'],
  ['an error that is none', 'nfkit {"error":7}'],
  ['lists in lists without end', `nfkit {"call":"join","arguments":${deep}}`],
])('%s', (_, comment) => expect(noteIn(comment)).toBeUndefined())

import { RulesetJsonError } from './error.ts'
import { Item } from './item.ts'

/** The longest text that is read: half a million elements have less. */
const longest = 2 ** 24

/** Texts, which are skipped, and whole numbers of 16 digits and more. */
const large = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g

/** The value that a text of JSON is. A number that a double may not hold becomes the text of its digits. Throws `RulesetJsonError`. */
export function itemOf(text: string): Item {
  if (typeof text !== 'string') throw new RulesetJsonError('', 'it is no text: give what "nft -j list ruleset" prints')
  if (text.length > longest) throw new RulesetJsonError('', `it has more than ${longest} characters`)
  const value = parsed(text)
  const exact = /\d{16}/.test(text)
    ? parsed(text.replace(large, (token) => (token.startsWith('"') ? token : `"${token}"`)))
    : value
  return new Item(exact, '')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RulesetJsonError('', `it is no JSON: ${(error as Error).message}`)
  }
}

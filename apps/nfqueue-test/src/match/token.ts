/** A word or sign of a filter expression. */
export interface Token {
  /** `&&`, `||` and `!` are given as the words they stand for. */
  readonly text: string
  /** Its offset in the expression, from 0. */
  readonly at: number
}

const signs: { readonly [sign: string]: string } = { '&&': 'and', '||': 'or', '!': 'not' }

/** The tokens of an expression, and one with empty text for its end. */
export function tokens(expression: string): Token[] {
  const found = Array.from(expression.matchAll(/&&|\|\||[!()&|]|[^\s!()&|]+/g), ({ 0: text, index }) => ({
    text: signs[text] ?? text,
    at: index,
  }))
  return [...found, { text: '', at: expression.length }]
}

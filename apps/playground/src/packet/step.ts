import type { Journey } from '../protocol/scene.ts'

const known: { readonly [reason: string]: string } = {
  passed: 'It went all the way',
  verdict: 'The judge decided',
  rule: 'A rule or policy decided',
  'no listener': 'No program reads the queue',
  bypass: 'No program reads the queue, and the rule lets packets on then',
}

/** Why a packet ended as it did, in a sentence. */
export function ending({ reason, steps }: Journey): string {
  const last = steps.at(-1)
  const where = last === undefined ? 'no rule and no policy met it' : `the last word was in ${last.where}`
  return `${known[reason] ?? `The kernel decided (${reason})`}: ${where}.`
}

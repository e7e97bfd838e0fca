import type { Journey } from '../protocol/scene.ts'

/** Why a packet ended as it did, in a sentence. */
export function ending({ verdict, reason, steps }: Journey): string {
  const last = steps.at(-1)
  const by =
    last === undefined
      ? 'no rule and no policy met it'
      : last.kind === 'judge'
        ? 'the judge decided'
        : `${last.where} decided`
  const known: { readonly [reason: string]: string } = {
    passed: `It went all the way: ${by}.`,
    verdict: 'The judge decided.',
    rule: `${capital(by)}.`,
    'no listener': 'No program reads the queue.',
    bypass: 'No program reads the queue, and the rule lets packets on then.',
  }
  return known[reason] ?? `${verdict}: ${reason}.`
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

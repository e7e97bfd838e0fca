import { printable } from '@nfkit/netlink-codec'
import { bad, faint } from '../../text/style.ts'
import { markText } from '../../text/unit.ts'
import { paintedVerdict } from '../../text/verdict.ts'
import type { Checked } from './run.ts'

/** Whether it is what was expected, if something was. */
export const isRight = ({ asked: { expected }, verdict }: Checked): boolean =>
  expected === undefined || expected === verdict

/** A packet and its path: the verdict first, below it the rules that it met. */
export function reportText(checked: Checked): string {
  const { asked, verdict, mark } = checked
  const path = fruitful(checked.path)
  const expected = isRight(checked)
    ? ''
    : bad(` (expected ${asked.expected}${asked.line === undefined ? '' : `, line ${asked.line}`})`)
  const changed = mark === (asked.mark ?? 0) ? '' : `, mark ${markText(mark)}`
  const steps = path.map(
    ({ family, table, chain, text }, i) =>
      `  ${i === path.length - 1 ? '→' : ' '} ${faint(`${family} ${printable(table)} ${printable(chain)}`)}  ${printable(text)}`,
  )
  const none = path.length === 0 ? [`    ${faint('no rule and no policy of nf_tables met it')}`] : []
  return [
    `${paintedVerdict(verdict)}${expected}${changed}  ${asked.hook}  ${printable(asked.packet)}`,
    ...steps,
    ...none,
    '',
  ].join('\n')
}

/** A path without jumps to chains where nothing matched. */
function fruitful(path: Checked['path']): Checked['path'] {
  const kept: Checked['path'][number][] = []
  for (const step of path.toReversed()) {
    const next = kept.at(-1)
    const isJump = step.to !== undefined && step !== path.at(-1)
    if (!isJump || (next?.chain === step.to && next?.table === step.table && next.family === step.family))
      kept.push(step)
  }
  return kept.reverse()
}

/** The same for programs, jumps to chains where nothing matched included. */
export const reportJson = (checked: Checked) => {
  const { asked, verdict, mark, path } = checked
  return {
    ...asked,
    verdict,
    right: isRight(checked),
    markAfter: mark,
    path: path.map((step) => ({ ...step, handle: step.handle?.toString() })),
  }
}

import type { ElementStatement } from '../statements/dynamic.ts'
import type { Limit, Quota } from '../statements/meter.ts'

/** A counter, a limit or a quota in nft's language. */
export function printMeter(statement: ElementStatement): string {
  switch (statement.kind) {
    case 'counter': {
      const { packets = 0n, bytes = 0n } = statement
      return packets === 0n && bytes === 0n ? 'counter' : `counter packets ${packets} bytes ${bytes}`
    }
    case 'limit':
      return `limit ${printRate(statement)}`
    case 'quota':
      return `quota ${printBytes(statement)}`
    default:
      return statement satisfies never
  }
}

/** What a limit is, without its name. */
export function printRate({ rate, per, unit, burst, over }: Limit): string {
  const counted = unit === 'bytes' ? ' bytes' : ''
  const first = `rate ${over ? 'over ' : ''}${rate}${counted}/${per}`
  return unit === 'bytes' && burst === 0 ? first : `${first} burst ${burst} ${unit}`
}

/** What a quota is, without its name. */
export const printBytes = ({ bytes, over, used }: Quota): string =>
  `${over ? 'over ' : ''}${bytes} bytes${used === undefined ? '' : ` used ${used} bytes`}`

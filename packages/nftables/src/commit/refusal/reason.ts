import { isMaking } from '../contents.ts'
import { containerRows } from './container.ts'
import { frameRows } from './frame.ts'
import { clauseOf, type Refused, type Row } from './row.ts'
import { ruleRows } from './rule.ts'

const rows: readonly Row[] = [...frameRows, ...containerRows, ...ruleRows]

/** Returns why the kernel refused: a sentence about the object it is about, else what the errno means by itself. */
export function reasonOf(refused: Refused): string {
  const row = rows.find((row) => fits(row, refused))
  if (row === undefined) {
    const { expression, error } = refused
    const said = [error.attribute, error.detail].filter((part) => part !== undefined).join(': ')
    return `${expression === undefined ? '' : `${expression.name}: `}${error.code}${said ? ` (${said})` : ''}: the kernel does not say why`
  }
  return typeof row.says === 'string' ? row.says : row.says(refused)
}

function fits(row: Row, refused: Refused): boolean {
  const { operation, expression, attribute, error } = refused
  const isOne = (of: string | readonly string[] | undefined, is: string | undefined) =>
    of === undefined || (is !== undefined && (typeof of === 'string' ? of === is : of.includes(is)))
  const isMade = isMaking(operation.verb)
  return (
    isOne(row.code, error.code) &&
    isOne(row.kind, operation.part.kind) &&
    isOne(row.expression, expression?.name) &&
    (row.making === undefined || row.making === isMade) &&
    (row.clause === undefined || clauseOf(refused, row.clause) !== undefined) &&
    (row.attribute === undefined || (attribute !== undefined && row.attribute.test(attribute)))
  )
}

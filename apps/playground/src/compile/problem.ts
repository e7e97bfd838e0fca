/** Something in a text that cannot be run, or that its types forbid. */
export interface Problem {
  /** Where it is, as an index into the text. */
  readonly from: number
  readonly to: number
  readonly message: string
}

/** The text cannot be compiled: why, and where. */
export class CompileError extends Error {
  override readonly name = 'CompileError'
  readonly problem: Problem

  constructor(source: string, problem: Problem) {
    super(`${placeIn(source, problem.from)}: ${problem.message}`)
    this.problem = problem
  }
}

/** `line 3, column 7`. */
export function placeIn(source: string, at: number): string {
  const before = source.slice(0, at).split('\n')
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`
}

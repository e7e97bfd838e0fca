/** What the program ends with. */
export const exitCode = {
  /** Done, or interrupted. */
  done: 0,
  /** Something was wrong; stderr says what. */
  failed: 1,
  /** A recording was replayed, and decided otherwise than recorded. */
  different: 2,
} as const

/** For help and manual. */
export const exitCodes: readonly (readonly [code: number, meaning: string])[] = [
  [exitCode.done, 'done, or interrupted with Ctrl-C or SIGTERM'],
  [
    exitCode.failed,
    'a mistake, or something failed: one sentence on stderr says what; also when doctor finds a problem',
  ],
  [exitCode.different, 'replay of a recording decided something else than was recorded'],
]

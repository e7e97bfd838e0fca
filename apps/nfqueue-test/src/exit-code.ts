/** What the program ends with. */
export const exitCode = {
  /** Done, or interrupted. */
  done: 0,
  /** Something was wrong; stderr says what. */
  failed: 1,
  /** A recording was replayed, or rules were checked, and decided otherwise than recorded or expected. */
  different: 2,
} as const

/** For help and manual. */
export const exitCodes: readonly (readonly [code: number | string, meaning: string])[] = [
  [exitCode.done, 'done, or interrupted with Ctrl-C or SIGTERM'],
  [
    exitCode.failed,
    'a mistake, or something failed: one sentence on stderr says what; also when doctor finds a problem',
  ],
  [
    exitCode.different,
    'replay of a recording, or a check of rules, decided something else than was recorded or expected',
  ],
  ['129, 130, 143', 'ended at once: a second SIGHUP, Ctrl-C or SIGTERM did not wait for its end'],
]

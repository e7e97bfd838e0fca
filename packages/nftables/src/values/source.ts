/** What of the line that made a rule it carries: the file's name, or its whole path. */
export type Sources = 'file' | 'path'

/**
 * The line of the program that called the caller's caller, `policy.ts:42`; `undefined` where the runtime does not tell. Reads the stacks of
 * V8 (`at f (file:///a/policy.ts:42:7)`) and of others (`f@file:///a/policy.ts:42:7`).
 */
export function callerLine(sources: Sources): string | undefined {
  const frames = (new Error().stack ?? '').split('\n').flatMap((line) => {
    const [, path, number] = /(?:at |[(@])?([^\s(@]+):(\d+):\d+\)?$/.exec(line) ?? []
    return path === undefined
      ? []
      : [`${sources === 'path' ? path.replace(/^file:\/\//, '') : path.replace(/^.*[\\/]/, '')}:${number}`]
  })
  return frames[2]
}

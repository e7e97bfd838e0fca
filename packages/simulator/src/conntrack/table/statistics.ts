/** Counters of one processor; the simulator's packets all run on the first. */
export class Statistics {
  found = 0
  invalid = 0
  insert = 0
  insertFailed = 0
  drop = 0
  earlyDrop = 0
  error = 0
  searchRestart = 0
  clashResolve = 0
  chainToolong = 0
  expectNew = 0
  expectCreate = 0
  expectDelete = 0
}

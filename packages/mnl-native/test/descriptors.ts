import { readdirSync, readlinkSync } from 'node:fs'

/** What this process has open: a line a descriptor, its number and what it stands for. */
export function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`]
    } catch {
      return [] // The one that listed them.
    }
  })
}

/** What is open now and was not `before`. What is gone says nothing: Node closes its own when it likes. */
export function openedSince(before: readonly string[]): string[] {
  return descriptors().filter((line) => !before.includes(line))
}

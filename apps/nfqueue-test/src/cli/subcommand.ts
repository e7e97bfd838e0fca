import { nearest } from '@nfkit/netlink-transport'
import type { Command } from 'commander'
import { UserError } from '../terminal/failure.ts'

/**
 * Before a subcommand: refuse a word that is none. It would be taken for an argument of the default one, which takes only what
 * `isArgument` says. `otherwise` says what the rest is said with.
 */
export const refuseUnknown =
  (otherwise: string, isArgument = /^-/) =>
  (command: Command): void => {
    const [word = '-'] = command.args
    if (!isArgument.test(word)) assertCommand(command, word, otherwise)
  }

/** Throws `UserError` where a command has none of this name below it. */
export function assertCommand(command: Command, word: string, otherwise?: string): void {
  const names = command.commands.map((one) => one.name())
  if (names.includes(word)) return
  const there = names.length === 0 ? 'which has none' : `which are ${names.join(', ')}`
  const near = nearest(word, names)
  const advice = near === undefined ? otherwise : `did you mean "${near}"?`
  throw new UserError(
    `"${word}" is no command of ${command.name()}, ${there}${advice === undefined ? '' : `; ${advice}`}`,
  )
}

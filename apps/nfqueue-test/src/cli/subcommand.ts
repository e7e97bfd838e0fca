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
    const names = command.commands.map((one) => one.name())
    if (isArgument.test(word) || names.includes(word)) return
    const near = nearest(word, names)
    const advice = near === undefined ? otherwise : `did you mean "${near}"?`
    throw new UserError(`"${word}" is no command of ${command.name()}, which are ${names.join(', ')}; ${advice}`)
  }

import type { Command } from 'commander'
import { UserError } from '../terminal/failure.ts'

/** Before a subcommand: refuse a word that is none. It would be taken for an argument of the default one, which has none but `options`. */
export const refuseUnknown =
  (options: string) =>
  (command: Command): void => {
    const [word = '-'] = command.args
    const names = command.commands.map((one) => one.name())
    if (word.startsWith('-') || names.includes(word)) return
    throw new UserError(`"${word}" is no command of ${command.name()}, which are ${names.join(', ')}; ${options}`)
  }

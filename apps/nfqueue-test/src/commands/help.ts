import { Command } from 'commander'
import { assertCommand } from '../cli/subcommand.ts'
import { print } from '../terminal/print.ts'

/** `nfqueue-test help [COMMAND]`: the same as its `--help`. */
export function helpCommand(): Command {
  const command = new Command('help')
    .description('print the help of a command')
    .argument('[command...]', 'as it is written: flows list')
    .action((words: readonly string[]) => {
      let asked = command.parent!
      for (const word of words) {
        assertCommand(asked, word)
        asked = asked.commands.find((one) => one.name() === word)!
      }
      asked.outputHelp()
      return print('')
    })
  return command
}

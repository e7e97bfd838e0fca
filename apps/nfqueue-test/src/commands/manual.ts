import { Command } from 'commander'
import { commandTree } from '../cli/command-tree.ts'
import { explain } from '../cli/explanation.ts'
import { manual } from '../cli/manual.ts'
import { print } from '../terminal/print.ts'

/** `nfqueue-test manual`: the manual page. */
export function manualCommand(): Command {
  const command = new Command('manual').description('print the manual page').action(() => {
    const program = command.parent!
    return print(manual(commandTree(program), program.version() ?? ''))
  })
  return explain(command, 'Example:\n  nfqueue-test manual | man -l -')
}

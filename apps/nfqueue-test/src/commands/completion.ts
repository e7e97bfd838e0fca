import { Argument, Command } from 'commander'
import { commandTree } from '../cli/command-tree.ts'
import { explain } from '../cli/explanation.ts'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import { print } from '../terminal/print.ts'

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

/** `nfqueue-test completion SHELL`: what lets a shell complete the command line. */
export function completionCommand(): Command {
  const command = new Command('completion')
    .description('print what lets a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(Object.keys(shells)))
    .action((shell: keyof typeof shells) => print(shells[shell](commandTree(command.parent!))))
  return explain(
    command,
    `Examples:
  source <(nfqueue-test completion bash)
  nfqueue-test completion zsh > "\${fpath[1]}/_nfqueue-test"
  nfqueue-test completion fish > ~/.config/fish/completions/nfqueue-test.fish`,
  )
}

import type { Command } from 'commander'

const explanations = new WeakMap<Command, string>()

/** Say more about a command: below its help, and in the manual. Lines with two spaces in front are examples. */
export function explain(command: Command, text: string): Command {
  explanations.set(command, text)
  return command.addHelpText('after', `\n${text}`)
}

export const explanationOf = (command: Command): string | undefined => explanations.get(command)

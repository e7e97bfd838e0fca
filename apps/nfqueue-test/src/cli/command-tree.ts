import { ipProtocol } from '@nfkit/inet'
import type { Command, Option } from 'commander'
import { explanationOf } from './explanation.ts'

/** What can follow an option or stand as an argument: nothing, words to choose from, a file, or anything. */
export type Values = 'none' | 'file' | 'any' | readonly string[]

export interface OptionNode {
  readonly flags: string
  /** `-q` and `--quiet`, as far as it has them. */
  readonly names: readonly string[]
  readonly description: string
  readonly group: string
  readonly values: Values
  readonly fallback: unknown
}

/** A command as completions and the manual show it. */
export interface CommandNode {
  /** Without the program's own name: `flows list`, and nothing for the program. */
  readonly path: string
  readonly usage: string
  readonly description: string
  readonly explanation: string | undefined
  readonly options: readonly OptionNode[]
  readonly arguments: readonly { readonly name: string; readonly description: string; readonly values: Values }[]
  readonly children: readonly CommandNode[]
  /** The command that runs when none of the children is named. */
  readonly fallback: CommandNode | undefined
}

/** What words stand for in the help. */
const wellKnown: { readonly [name: string]: Values } = {
  file: 'file',
  verdict: ['accept', 'drop', 'repeat', 'stop', 'queue:'],
  'number|count': ['count'],
  'name|number': Object.keys(ipProtocol),
}

export function commandTree(command: Command, path: readonly string[] = []): CommandNode {
  const children = command.commands.map((child) => commandTree(child, [...path, child.name()]))
  // Commander keeps the name of the default command to itself.
  const { _defaultCommandName: name } = command as unknown as { _defaultCommandName?: string | null }
  return {
    path: path.join(' '),
    usage: [...path, command.usage()].join(' '),
    description: command.description(),
    explanation: explanationOf(command),
    options: command.createHelp().visibleOptions(command).map(optionNode),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
      values: argument.argChoices ?? wellKnown[argument.name()] ?? 'any',
    })),
    children,
    fallback: name ? children.find((child) => child.path === [...path, name].join(' ')) : undefined,
  }
}

/** The command and all below it. */
export function* allCommands(node: CommandNode): Generator<CommandNode> {
  yield node
  for (const child of node.children) yield* allCommands(child)
}

/** Options that may be said at a command, those of its default one included. */
export const optionsAt = ({ options, fallback }: CommandNode): readonly OptionNode[] => [
  ...options,
  ...(fallback?.options.filter(({ names }) => !options.some((own) => own.names.includes(names[0]!))) ?? []),
]

function optionNode(option: Option): OptionNode {
  const { flags, short, long, description, argChoices, defaultValue, helpGroupHeading } = option
  const name = /[<[]([^\]>]+)[\]>]/.exec(flags)?.[1]
  return {
    flags,
    names: [short, long].filter((name) => name !== undefined),
    description,
    group: helpGroupHeading ?? 'Options:',
    values: name === undefined ? 'none' : (argChoices ?? wellKnown[name] ?? 'any'),
    fallback: defaultValue,
  }
}

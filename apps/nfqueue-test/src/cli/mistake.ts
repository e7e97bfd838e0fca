import type { Command } from 'commander'
import { note } from '../terminal/note.ts'

/** Have a command and all below it complain as the rest of the program does: in one line. */
export function complainInOneLine(command: Command, path: readonly string[] = []): void {
  command.configureOutput({ outputError: (text) => note(mistakeText(text, path)) })
  for (const child of command.commands) complainInOneLine(child, [...path, child.name()])
}

/** `unknown option '--nonsense' (nfqueue-test run --help shows what there is)`. */
export function mistakeText(complaint: string, path: readonly string[]): string {
  const sentence = complaint
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '')
  return `${sentence} (${['nfqueue-test', ...path, '--help'].join(' ')} shows what there is)`
}

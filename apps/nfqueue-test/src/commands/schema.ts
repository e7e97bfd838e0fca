import { Argument, Command } from 'commander'
import { explain } from '../cli/explanation.ts'
import { lineOf, type SchemaName, schemaNames, schemaOf } from '../schema/catalog.ts'
import { print } from '../terminal/print.ts'
import { padded } from '../text/width.ts'

/** `nfqueue-test schema [NAME]`: what a line of JSON is. */
export function schemaCommand(): Command {
  const command = new Command('schema')
    .description('print the JSON Schema of what --json prints, or which schemas there are')
    .addArgument(new Argument('[name]', 'of a schema, as the help of --json has it').choices(schemaNames))
    .action((name?: SchemaName) =>
      print(name === undefined ? listed() : `${JSON.stringify(schemaOf(name), null, 2)}\n`),
    )
  return explain(command, explanation)
}

const listed = (): string => schemaNames.map((name) => `${padded(name, 19)} ${lineOf(name)}\n`).join('')

const explanation = `Each line that --json prints follows its schema: JSON Schema, draft 2020-12. The package has them as files, too, in schemas/v1. Bytes are hexadecimal,
numbers of 64 bits are decimal text, what is absent is left out.

Example:
  nfqueue-test schema flows > flows.json`

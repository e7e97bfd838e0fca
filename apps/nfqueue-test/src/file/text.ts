import { createReadStream } from 'node:fs'
import { UserError } from '../terminal/failure.ts'

/** Bytes of a file of text that are read, at most. */
const mostBytes = 64 * 1024 * 1024

/** What to call a file of the command line: `-` is standard input. */
export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file)

/** The text of a file, or of standard input. Rejects with `UserError` where it cannot be read, or has no end. */
export async function readText(file: string): Promise<string> {
  if (file === '-' && process.stdin.isTTY)
    throw new UserError('standard input is a terminal: name a file, or pipe one in')
  return textOf(file === '-' ? process.stdin : createReadStream(file), nameOf(file))
}

/** The text of a stream of bytes with this name. Rejects with `UserError`. */
export async function textOf(bytes: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of bytes) {
      size += chunk.length
      if (size > mostBytes) break
      chunks.push(chunk)
    }
  } catch (error) {
    throw new UserError(`${name} cannot be read (${(error as Error).message}): check the path and its permissions`)
  }
  if (size > mostBytes) throw new UserError(`${name} has more than ${mostBytes >> 20} MiB of text: give it in parts`)
  return Buffer.concat(chunks).toString('utf8')
}

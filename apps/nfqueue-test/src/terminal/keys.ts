const interrupt = '\x03'
const suspend = '\x1a'

/**
 * Tell what is pressed on the terminal, key by key, without waiting for the end of a line; nothing where standard input is no terminal.
 * Control-C and Control-Z do what they always do. Returns what ends it.
 */
export function onKey(pressed: (key: string) => void): () => void {
  const { stdin } = process
  if (!stdin.isTTY) return () => {}
  const listener = (bytes: Buffer) => {
    for (const key of bytes.toString('latin1'))
      if (key === interrupt) process.kill(process.pid, 'SIGINT')
      else if (key === suspend) pause(stdin)
      else pressed(key)
  }
  stdin.setRawMode(true)
  stdin.on('data', listener)
  return () => {
    stdin.off('data', listener)
    stdin.pause()
    stdin.setRawMode(false)
  }
}

function pause(stdin: NodeJS.ReadStream): void {
  stdin.setRawMode(false)
  process.once('SIGCONT', () => stdin.setRawMode(true))
  process.kill(process.pid, 'SIGTSTP')
}

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** Runs `conntrack` and returns the lines it prints. Throws with what it says when it fails. */
export function conntrack(...args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync('conntrack', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`conntrack ${args.join(' ')}: ${stderr}`)
  return stdout.split('\n').filter((line) => line !== '')
}

/** The same for a command line. */
export const tool = (line: string): string[] => conntrack(...line.split(' '))

/** Why the reference tool cannot be asked; `undefined` when it can. */
export function toolMissing(): string | undefined {
  return spawnSync('conntrack', ['--version']).error ? 'conntrack is not installed' : undefined
}

export const ip = (line: string): string => execFileSync('ip', line.split(' '), { encoding: 'utf8' })

/** `conntrack -E`, running; resolves when it listens. */
export async function listenWithTool(...args: string[]): Promise<{ stop(): Promise<string[]> }> {
  const child = spawn('conntrack', ['-E', '-b', '8388608', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  await new Promise((resolve) => setTimeout(resolve, 200))
  return {
    async stop() {
      await new Promise((resolve) => setTimeout(resolve, 200))
      child.kill('SIGINT')
      await once(child, 'close')
      return out.split('\n').filter((line) => line !== '')
    },
  }
}

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** One field as tshark prints it: its name, where it starts in the frame, and its value as text. */
export interface TsharkField {
  readonly name: string
  readonly at: number
  readonly show: string
}

export const tsharkInstalled = spawnSync('tshark', ['--version']).status === 0

/** The netlink fields of each frame of a capture. */
export function dissect(file: URL): TsharkField[][] {
  const { stdout, status, stderr } = spawnSync('tshark', ['-r', fileURLToPath(file), '-T', 'pdml'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, TZ: 'UTC' },
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .split('<packet>')
    .slice(1)
    .map((packet) => {
      const fields = packet.matchAll(/<field name="(netlink[^"]*)"([^>]*)>/g)
      return [...fields].map(([, name, rest]) => ({
        name: name!,
        at: Number(of(rest!, 'pos')),
        show: of(rest!, 'show'),
      }))
    })
}

const of = (attributes: string, key: string): string => new RegExp(` ${key}="([^"]*)"`).exec(attributes)?.[1] ?? ''

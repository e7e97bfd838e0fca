import { spawn } from 'node:child_process'

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Surroundings {
  readonly cwd: string
  readonly path?: string
}

// An npm that runs these tests tells its children where it is; the npm a test starts is somewhere else.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV|VITEST)/i.test(name)),
)

/** Runs a program to its end, with the user's environment and `path` as its PATH. */
export function run(command: string, args: readonly string[], { cwd, path }: Surroundings): Promise<Ended> {
  const env = { ...environment, ...(path === undefined ? {} : { PATH: path }) }
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text
    })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, ...said }))
  })
}

/** What a program printed; throws all it said when it fails. */
export async function output(command: string, args: readonly string[], surroundings: Surroundings): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, surroundings)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`)
  return stdout
}

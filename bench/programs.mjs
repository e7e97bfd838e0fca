import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const sources = new URL('./c/', import.meta.url).pathname
/** The programs, and what gcc is told of each. */
const programs = {
  generator: [],
  consumer: ['-lnetfilter_queue', '-lnfnetlink', '-luv'],
  floor: ['-shared', '-fPIC', '-Wno-unused-function', '-lnetfilter_queue', '-lnfnetlink'],
  fill: [],
  dump: ['-lnetfilter_conntrack', '-lmnl'],
  decode: ['-lmnl'],
  measured: [],
  owner: [],
  connect: [],
}
const content = createHash('sha256')
for (const file of readdirSync(sources).sort()) content.update(readFileSync(join(sources, file)))

/** Where the compiled programs and what they write are: one folder for each state of the sources. */
export const folder = join(tmpdir(), `nfkit-bench-${process.getuid()}-${content.digest('hex').slice(0, 12)}`)

/** Compile the load generator and the reference programs, unless they are there. */
export function compile() {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [name, needs] of Object.entries(programs)) {
    const program = join(folder, name)
    if (existsSync(program)) continue
    const flags = ['-O2', '-Wall', '-Wextra', '-fno-strict-aliasing', '-o', `${program}.new`]
    try {
      execFileSync('gcc', [...flags, join(sources, `${name}.c`), ...needs])
    } catch (error) {
      throw new Error(
        `the reference programs do not compile here: apt install gcc libmnl-dev libnetfilter-queue-dev libnetfilter-conntrack-dev libuv1-dev`,
        { cause: error },
      )
    }
    renameSync(`${program}.new`, program)
  }
}

export const program = (name) => join(folder, name)
export const script = (name) => new URL(`./consumers/${name}.mjs`, import.meta.url).pathname

/** Whether this machine has a program of others. */
export const isInstalled = (name) => spawnSync('which', [name]).status === 0

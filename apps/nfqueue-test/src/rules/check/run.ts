import { BuildError, packet as bytesOf } from '@nfkit/ip-codec/build'
import { RulesetJsonError } from '@nfkit/nftables'
import { type ExplainedStep, type Outcome, SimulatedKernel } from '@nfkit/simulator'
import { UserError } from '../../terminal/failure.ts'
import type { Case, CheckedVerdict } from './case.ts'

/** What became of a packet. */
export interface Checked {
  readonly asked: Case
  readonly verdict: CheckedVerdict
  readonly mark: number
  readonly path: readonly ExplainedStep[]
}

/** Rules, by the file they are of. */
export interface RuleFile {
  readonly name: string
  readonly text: string
}

/** Interfaces of the machine the rules are for: names, and addresses. */
export type Interfaces = ReadonlyMap<string, readonly string[]>

/** Gives packets, one after another, to a simulated kernel that has the rules. Throws `UserError` for rules and packets that are none. */
export async function* check(
  files: readonly RuleFile[],
  cases: readonly Case[],
  given: Interfaces,
): AsyncGenerator<Checked> {
  const kernel = new SimulatedKernel({ profile: 'debian-6.12', defragmentation: false })
  for (const name of [...given.keys(), ...cases.flatMap((one) => [one.in, one.out])])
    if (name !== undefined && !kernel.interfaces.list.some((one) => one.name === name)) add(kernel, name, [])
  for (const [name, addresses] of given) add(kernel, name, addresses)
  for (const { name, text } of files) {
    try {
      await kernel.load(text)
    } catch (error) {
      const isJson = error instanceof RulesetJsonError && error.place === ''
      throw new UserError(`${name}: ${(error as Error).message}${isJson ? '; "nft -j list ruleset" writes it' : ''}`)
    }
  }
  for (const asked of cases) {
    const outcome = await kernel.deliver(built(asked), {
      hook: asked.hook,
      ...(asked.hook === 'output' || asked.hook === 'postrouting' ? {} : { indev: asked.in ?? 'eth0' }),
      ...(asked.hook === 'prerouting' || asked.hook === 'input' ? {} : { outdev: asked.out ?? outOf(asked) }),
      mark: asked.mark,
    })
    yield { asked, verdict: verdictOf(outcome), mark: outcome.mark, path: await kernel.explain(outcome) }
  }
}

/** What is forwarded leaves by another interface, where nothing is said. */
const outOf = ({ hook }: Case): string => (hook === 'forward' ? 'lo' : 'eth0')

function add({ interfaces }: SimulatedKernel, name: string, addresses: readonly string[]): void {
  const there = interfaces.list.find((one) => one.name === name)
  const index = there?.index ?? Math.max(...interfaces.list.map((one) => one.index)) + 1
  interfaces.add(name, { index, addresses })
}

function built({ packet, line }: Case): Uint8Array {
  try {
    return bytesOf(packet)
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    throw new UserError(line === undefined ? error.message : `line ${line}: ${error.message}`)
  }
}

/** No program listens here: what is queued, is queued. */
function verdictOf({ verdict, answer, path }: Outcome): CheckedVerdict {
  if (path.at(-1)?.verdict === 'queue') return 'queue'
  return verdict === 'drop' && answer !== undefined ? 'reject' : verdict
}

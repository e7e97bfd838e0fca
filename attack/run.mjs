// A standing attack on the packages: random programs over their API, on this machine's kernel (in a network namespace of its own) or on
// the simulator, and an oracle that explains every packet. `npm run attack`, as root or where user namespaces are allowed.
//   --minutes N     how long (10)                      --simulator     on the simulator
//   --seed N        other programs (by default from the clock)         --programs N    at most so many
//   --program K     only this one, told in full        --kind WORD     only programs of this kind
//   --shrink        with --program: also the smallest program found that does the same
// A packet that cannot be explained, whatever hangs, and whatever dies is a finding: it is told with seed and program, and the exit code is 1.
import { enter } from '../bench/namespace.mjs'
import { commandLine } from '../tools/command-line.mjs'
import { campaign } from './campaign.mjs'
import { programOf } from './programs/index.mjs'
import { shrink } from './shrink.mjs'
import { smaller } from './smaller.mjs'

const values = commandLine(import.meta.filename, {
  minutes: { type: 'number', default: '10' },
  seed: { type: 'number' },
  programs: { type: 'number' },
  program: { type: 'number' },
  kind: { type: 'string' },
  simulator: { type: 'boolean', default: false },
  shrink: { type: 'boolean', default: false },
})

const world = values.simulator ? 'simulator' : 'kernel'
const seed = Number(values.seed ?? process.env.NFKIT_ATTACK_SEED ?? Date.now() % 1_000_000)
process.env.NFKIT_ATTACK_SEED = String(seed)
if (world === 'kernel') {
  enter()
  const { installRules } = await import('./worlds/kernel.mjs')
  installRules()
}

const only = values.program
const tally = { programs: 0, packets: 0, found: 0 }
const kindsOfFindings = new Map()
let first
const hear = ({ index, packets, findings }) => {
  tally.programs++
  tally.packets += packets
  if (findings.length === 0) return
  tally.found++
  const program = programOf({ world, seed, index, kind: values.kind })
  console.log(`program ${index} of seed ${seed} (npm run attack -- ${again(index)}):`)
  for (const { what, detail } of findings) {
    kindsOfFindings.set(what, (kindsOfFindings.get(what) ?? 0) + 1)
    console.log(`  ${what}: ${detail}`)
  }
  first ??= findings[0].what
  if (only !== undefined || kindsOfFindings.get(findings[0].what) === 1) console.log(`  ${JSON.stringify(program)}`)
}
const again = (index) =>
  [values.simulator && '--simulator', `--seed ${seed}`, `--program ${index}`, values.kind && `--kind ${values.kind}`]
    .filter(Boolean)
    .join(' ')

await campaign(
  {
    world,
    seed,
    kind: values.kind,
    from: only ?? 0,
    programs: only === undefined ? (values.programs ?? Number.POSITIVE_INFINITY) : 1,
    milliseconds: values.minutes * 60_000,
  },
  hear,
)
if (values.shrink && only !== undefined && first) {
  const shows = async (program) => {
    let found = false
    const milliseconds = 60_000
    await campaign({ world, seed, from: only, programs: 1, milliseconds, program }, ({ findings }) => {
      found = findings.some(({ what }) => what === first)
    })
    return found
  }
  const smallest = await shrink(programOf({ world, seed, index: only, kind: values.kind }), smaller, shows)
  console.log(`the smallest that shows "${first}":\n  ${JSON.stringify(smallest)}`)
}
for (const [what, count] of [...kindsOfFindings].sort((a, b) => b[1] - a[1])) console.log(`${count} × ${what}`)
console.log(
  `attack on the ${world}, seed ${seed}: ${tally.programs} programs, ${tally.packets} packets, ${tally.found} with findings`,
)
process.exit(tally.found === 0 ? 0 : 1)

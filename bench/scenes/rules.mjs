import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { script } from '../programs.mjs'
import { median } from '../statistics.mjs'

const rounds = options.smoke ? 1 : 15

const contestant = (name, count, ...more) => ({ name, ours: true, count, more })

/** Nanoseconds of processor time that a packet takes with so many rules. */
export async function judgedBy(count, ...more) {
  const { took } = await new Running([
    process.execPath,
    script('rules'),
    String(count),
    String(rounds),
    ...more,
  ]).finish()
  return median(took)
}

/** The simulated kernel judges a packet by rules of nf_tables. */
export const rules = {
  name: 'rules',
  title: 'a packet that meets rules in the simulated kernel',
  reference: 'no rules',
  contestants: [
    contestant('no rules', 0),
    contestant('20 rules', 20),
    contestant('2,000 rules', 2_000),
    contestant('2,000 rules, counted', 2_000, 'counted'),
    contestant('2,000 rules, run', 2_000, 'run'),
  ],
  metrics: [
    { key: 'cpu', title: 'CPU ns' },
    { key: 'rule', title: 'a rule', ratio: false },
  ],
  async sample({ count, more }) {
    const cpu = await judgedBy(count, ...more)
    return { cpu, rule: cpu / Math.max(1, count) }
  },
}

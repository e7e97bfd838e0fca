import { describe, expect, test } from 'vitest'
import { compile } from '../src/compile/compile.ts'
import { examples } from '../src/examples/examples.ts'
import { Lab } from '../src/lab/lab.ts'
import type { Project } from '../src/project/project.ts'
import { scene } from '../src/protocol/scene.ts'

const named = (name: string): Project => examples.find((one) => one.name === name)!.project

async function begin({ rules, judge, network }: Project): Promise<Lab> {
  return Lab.begin({ network, rules: { kind: 'code', text: compile(rules.text) }, judge: compile(judge) })
}

/** What becomes of lines, one after another. */
async function verdicts(lab: Lab, lines: readonly string[]): Promise<string[]> {
  for (const line of lines) await lab.send(line)
  return (await lab.scene()).journeys.map(({ verdict }) => verdict)
}

test.each([
  ['A first rule', ['accept', 'drop', 'drop', 'drop']],
  ['A queue and its judge', ['accept', 'drop', 'drop']],
  ['Address translation', ['accept', 'accept', 'drop']],
  ['A set with timeouts', ['drop', 'drop', 'drop', 'accept']],
  ['Connection states', ['accept', 'accept', 'drop', 'accept']],
])('the packets of the example "%s"', async (name, expected) => {
  const project = named(name)
  expect(await verdicts(await begin(project), project.lines)).toEqual(expected)
})

test('a path has the rules in nft’s words, the judge behind the rule that queues, and which line of the rules it is', async () => {
  const lab = await begin(named('A queue and its judge'))
  await lab.send('tcp 192.0.2.7:40000 > 10.0.0.5:443 syn')
  const { journeys, ruleset, connections, queues, notes } = await lab.scene()
  const [rule, judge] = journeys[0]!.steps
  expect(rule).toMatchObject({
    kind: 'rule',
    where: 'inet fw forward',
    text: 'tcp dport { 80, 443 } queue to 0',
    verdict: 'queue',
  })
  expect(judge).toMatchObject({ kind: 'judge', where: 'queue 0', verdict: 'accept, connmark 0x1' })
  expect(ruleset.find((line) => line.rule === rule!.rule)?.text.trim()).toBe(rule!.text)
  expect(connections).toMatchObject([{ name: 'tcp 192.0.2.7:40000 > 10.0.0.5:443', mark: 1, packets: '1 → 0 ←' }])
  expect(queues).toEqual([0])
  expect(notes).toEqual([])
  expect(journeys[0]).toMatchObject({
    way: 'forward in eth0 out eth1',
    reply: 'tcp 10.0.0.5:443 > 192.0.2.7:40000 syn ack',
  })
})

test('the next packet of a judged connection asks nobody', async () => {
  const lab = await begin(named('A queue and its judge'))
  await lab.send('tcp 192.0.2.7:40000 > 10.0.0.5:443 syn')
  await lab.send('tcp 10.0.0.5:443 > 192.0.2.7:40000 syn ack')
  const { journeys } = await lab.scene()
  expect(journeys[1]!.steps.map(({ kind, text }) => [kind, text])).toEqual([['rule', 'ct mark 0x00000001 accept']])
})

test('time lets the elements of sets go', async () => {
  const lab = await begin(named('A set with timeouts'))
  const line = 'tcp 203.0.113.9:5000 > 192.0.2.1:80 syn'
  expect(await verdicts(lab, [line])).toEqual(['drop'])
  lab.advance(61)
  expect(await verdicts(lab, [line])).toEqual(['accept'])
  expect((await lab.scene()).uptime).toBe(61)
})

test('translation is seen in the packet and in the table', async () => {
  const lab = await begin(named('Address translation'))
  await lab.send('forward in eth0 out eth1 tcp 192.0.2.7:40000 > 192.0.2.1:8080 syn')
  const { journeys, connections } = await lab.scene()
  expect(journeys[0]!.became).toBe('192.0.2.7:40000 > 10.0.0.5:80 tcp SYN, 40 bytes')
  expect(connections[0]!.translated).toContain('10.0.0.5:80')
})

test('a connection goes from its first packet to its last, on the way that the network says', async () => {
  const lab = await begin(named('A queue and its judge'))
  await lab.talk({ from: '192.0.2.7', to: '10.0.0.5:443', bytes: 3_000 })
  const { journeys, notes } = await lab.scene()
  expect(notes.at(-1)?.text).toBe('192.0.2.7 got 3000 bytes from 10.0.0.5:443')
  expect(new Set(journeys.map(({ way }) => way))).toEqual(
    new Set(['forward in eth0 out eth1', 'forward in eth1 out eth0']),
  )
})

describe('refuses', () => {
  const project = named('A first rule')
  test.each([
    ['rules that export nothing', 'const a = 1', /export nothing/],
    ['an import of another package', "import fs from 'node:fs'; export default []", /there is no node:fs here/],
    [
      'what the kernel refuses',
      "import { jump, table } from '@nfkit/nftables'; const t = table('inet', 't'); const c = t.chain('c'); export default [t, c, c.rule(jump('d'))]",
      /chain "d" does not exist/,
    ],
  ])('%s', async (_, text, message) => {
    await expect(begin({ ...project, rules: { language: 'typescript', text } })).rejects.toThrow(message)
  })

  test('a line that is none, with what would work', async () => {
    const lab = await begin(project)
    await expect(lab.send('tcp nonsense')).rejects.toThrow(/expected/)
    await expect(lab.send('mark x tcp 1.2.3.4:1 > 1.2.3.4:2')).rejects.toThrow(/no mark/)
  })
})

test('a judge that throws leaves its packet to the queue, and says why', async () => {
  const lab = await begin({
    ...named('A queue and its judge'),
    judge: 'export default () => { throw new Error("no") }',
  })
  expect(await verdicts(lab, ['tcp 192.0.2.7:40000 > 10.0.0.5:443 syn'])).toEqual(['drop'])
  await lab.send('tcp 192.0.2.7:40001 > 10.0.0.5:443 syn')
  const { journeys, notes } = await lab.scene()
  expect(journeys[0]!.steps[1]!.verdict).toBe('drop, by the queue: threw')
  expect(notes.at(-1)).toEqual({ from: 'kernel', text: 'queue 0: threw: Error: no' })
})

test('a listing of nft is taken as it is', async () => {
  const { network } = named('A first rule')
  const listing = {
    nftables: [
      { table: { family: 'ip', name: 't', handle: 1 } },
      {
        chain: {
          family: 'ip',
          table: 't',
          name: 'i',
          handle: 2,
          type: 'filter',
          hook: 'input',
          prio: 0,
          policy: 'drop',
        },
      },
    ],
  }
  const lab = await Lab.begin({ network, rules: { kind: 'listing', text: JSON.stringify(listing) } })
  expect(await verdicts(lab, ['udp 192.0.2.7:1 > 192.0.2.1:2'])).toEqual(['drop'])
})

test('every scene has the shape that the page checks', async () => {
  const project = named('A queue and its judge')
  const lab = await begin(project)
  for (const line of project.lines) await lab.send(line)
  const seen = await lab.scene()
  expect(scene(JSON.parse(JSON.stringify(seen)), 'scene')).toEqual(seen)
})

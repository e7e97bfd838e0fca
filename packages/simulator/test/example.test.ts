import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { tcp } from '@nfkit/ip-codec/build'
import { openQueue } from '@nfkit/nfqueue'
import { expect, test } from 'vitest'
import { expectOutcome, SimulatedKernel } from '../src/index.ts'

test('the example of the README runs', async () => {
  // <example>
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'input', protocol: 'tcp', queue: 0, bypass: true })

  const queue = await openQueue(kernel.connect(), { number: 0, onUnjudged: 'accept' })
  queue.run((packet) => {
    if (packet.ip?.tcp?.destinationPort === 22) packet.drop()
    else packet.accept({ mark: 7 })
  })

  const ssh = tcp('10.0.0.1:40000 > 10.0.0.2:22', { syn: true })
  const web = tcp('10.0.0.1:40001 > 10.0.0.2:443', { syn: true })
  await expectOutcome(kernel, kernel.deliver(ssh, { indev: 'eth0' }), { verdict: 'drop' })
  await expectOutcome(kernel, kernel.deliver(web, { indev: 'eth0' }), { verdict: 'accept', mark: 7 })

  assert.deepEqual(
    kernel.conntrack.entries.map(({ name }) => name),
    ['tcp 10.0.0.1:40001 > 10.0.0.2:443'],
  )
  kernel.advance(120) // seconds; the answer never came
  assert.deepEqual(kernel.conntrack.entries, [])
  await queue.close()
  // </example>
})

test('and is what the README shows', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(readFileSync(new URL('../README.md', import.meta.url), 'utf8'))!
  const [, run] = /\/\/ <example>\n([\s\S]*?) {2}\/\/ <\/example>/.exec(readFileSync(new URL(import.meta.url), 'utf8'))!
  const body = shown!
    .split('\n')
    .filter((line) => !line.startsWith('import '))
    .join('\n')
    .trim()
  expect(body).toBe(run!.replaceAll(/^ {2}/gm, '').trim())
})

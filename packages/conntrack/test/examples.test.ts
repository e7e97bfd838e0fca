import { readFileSync } from 'node:fs'
import { SimulatedKernel } from '@nfkit/simulator'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openConntrack } from '../src/index.ts'

const kernel = new SimulatedKernel()
vi.mock('@nfkit/mnl-native', () => ({ openMnl: () => kernel.connect() }))

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const lines: string[] = []
beforeEach(async () => {
  lines.length = 0
  vi.spyOn(console, 'log').mockImplementation((...args) => void lines.push(args.join(' ')))
  const ct = await openConntrack(kernel.connect())
  await ct.flush()
  const end = (address: string, port: number) => ({ address, port })
  await ct.create({
    original: { protocol: 'udp', source: end('10.0.0.1', 4000), destination: end('10.0.0.2', 53) },
    timeoutSeconds: 30,
  })
  ct.close()
})

describe('the examples of the README', () => {
  test.each(['change', 'watch'])('%s is there as it is run here', (name) => {
    expect(readme).toContain(readFileSync(new URL(`./examples/${name}.ts`, import.meta.url), 'utf8'))
  })

  test('change', async () => {
    await import('./examples/change.ts')
    expect(lines).toEqual([
      'tcp      6 600 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=4000 dport=443 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=443 dport=4000 mark=7 use=1',
      '9 confirmed 4000',
    ])
  })

  test('watch', async () => {
    await import('./examples/watch.ts')
    expect(lines).toEqual([
      'added snapshot {"protocol":17,"source":{"address":"10.0.0.1","port":4000},"destination":{"address":"10.0.0.2","port":53}}',
      '1 flows',
    ])
  })
})

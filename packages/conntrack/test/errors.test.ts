import { readFileSync } from 'node:fs'
import { errno } from '@nfkit/netlink-codec'
import { SimulatedKernel } from '@nfkit/simulator'
import { describe, expect, test } from 'vitest'
import * as advice from '../src/advice.ts'
import { openConntrack } from '../src/index.ts'
import { tcp } from './suites/tuples.ts'

describe('what cannot be brought about on any kernel at will', () => {
  const entry = (port: number) => ({ original: tcp(port), timeoutSeconds: 60 })

  test('ENOMEM of a full table', async () => {
    const kernel = new SimulatedKernel()
    kernel.conntrack.settings.max = 3
    await using ct = await openConntrack(kernel.connect())
    for (const port of [1, 2, 3]) await ct.create({ ...entry(port), status: ['seenReply', 'assured'] })
    await expect(ct.create(entry(4))).rejects.toMatchObject({
      code: 'ENOMEM',
      advice: expect.stringContaining('nf_conntrack_max'),
    })
  })

  test('EMFILE of too many expectations', async () => {
    const kernel = new SimulatedKernel()
    kernel.conntrack.settings.expectMax = 0
    await using ct = await openConntrack(kernel.connect())
    const end = (address: string, port: number) => ({ address, port })
    const master = { protocol: 'udp', source: end('10.0.0.1', 1), destination: end('10.0.0.2', 69) } as const
    await ct.create({ original: master, timeoutSeconds: 60, helper: 'tftp' })
    const tuple = { protocol: 'udp', source: end('10.0.0.2', 0), destination: end('10.0.0.1', 2) } as const
    await expect(ct.expectations.create({ tuple, master })).rejects.toMatchObject({
      code: 'EMFILE',
      advice: expect.stringContaining('nf_conntrack_expect_max'),
    })
  })

  test('EPERM without CAP_NET_ADMIN', async () => {
    const kernel = new SimulatedKernel()
    await expect(openConntrack(kernel.connect({ privileged: false }))).rejects.toMatchObject({
      name: 'NetlinkError',
      code: 'EPERM',
      advice: expect.stringContaining('CAP_NET_ADMIN'),
    })
  })
})

describe('advice', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const listed = new Set([...readme.matchAll(/^\| `(E[A-Z]+)` /gm)].map(([, code]) => code))

  test.each(Object.entries(advice))('%s: a sentence for each errno, which the README lists', (_name, sentences) => {
    for (const [code, sentence] of Object.entries(sentences)) {
      expect(errno).toHaveProperty(code)
      expect(sentence).toMatch(/^[`\p{Ll}A-Z][^\n]{20,}[^.\s]$/u)
      expect(listed).toContain(code)
    }
  })
})

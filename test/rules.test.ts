import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './packaging/published.ts'

const pages = execFileSync('git', ['ls-files', '*.md', 'examples/*.mjs'], { cwd: root }).toString().trim().split('\n')

/** Rules are pasted on machines that are reached over the network: they must let packets pass while no program reads the queue. */
test('every rule a reader may paste lets packets pass while nobody reads the queue', () => {
  const rules = pages.flatMap((page) =>
    readFileSync(join(root, page), 'utf8')
      .split('\n')
      .filter((line) => /iptables .* -j NFQUEUE|nft add rule .*\bqueue\b/.test(line))
      .map((line) => `${page}: ${line}`),
  )
  expect(rules.length).toBeGreaterThan(8)
  expect(rules.filter((rule) => !/bypass/.test(rule))).toEqual([])
})

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { noChromium, openChromium } from './browser/chromium.ts'
import { serve } from './browser/server.ts'
import { type Visit, visit } from './browser/visit.ts'

const dist = join(import.meta.dirname, '../dist')
const obstacle = noChromium ?? (existsSync(dist) ? undefined : 'the site is not built: npm run site')
const base = process.env['NFKIT_SITE_BASE'] ?? '/'

/** Every page, by its path on the site. What is copied into the site is tested where it comes from. */
const pages =
  obstacle === undefined
    ? readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
        (path) => path.endsWith('.html') && !path.startsWith('playground/'),
      )
    : ['index.html']

const visits = new Map<string, Visit>()
let origin = ''
let chromium: Awaited<ReturnType<typeof openChromium>>
const ends: AsyncDisposable[] = []

beforeAll(async () => {
  if (obstacle !== undefined) return
  const server = await serve(dist, base)
  origin = server.origin + base
  chromium = await openChromium()
  ends.push(chromium, server)
})
afterAll(async () => {
  for (const end of ends) await end[Symbol.asyncDispose]()
})
beforeEach((context) => {
  if (obstacle !== undefined) context.skip(obstacle)
})

describe('every page', () => {
  test.concurrent.each(pages)(
    '%s: no errors, contrast in both schemes, nothing wider than a narrow screen',
    async (path) => {
      const seen = await visit(chromium, origin + path)
      visits.set(path, seen)
      expect(seen.complaints).toEqual([])
    },
  )

  test('links to what there is: pages, and places on them', () => {
    const dead = Array.from(visits).flatMap(([path, { links }]) =>
      links.flatMap((link) => {
        const { pathname, hash } = new URL(link)
        const rest = decodeURIComponent(pathname).slice(base.length)
        const target = rest === '' || rest.endsWith('/') ? `${rest}index.html` : rest
        const there = visits.get(target)
        const isThere = there === undefined ? existsSync(join(dist, target)) : there.places.includes(decodeURIComponent(hash.slice(1)))
        return isThere ? [] : [`${path} links to ${rest}${hash}`]
      }),
    )
    expect(visits.size).toBe(pages.length)
    expect(dead).toEqual([])
  })
})

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
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
        const isThere =
          there === undefined
            ? existsSync(join(dist, target))
            : there.places.includes(decodeURIComponent(hash.slice(1)))
        return isThere ? [] : [`${path} links to ${rest}${hash}`]
      }),
    )
    expect(dead).toEqual([])
    expect(visits.size).toBe(pages.length)
  })
})

describe('by the keyboard', () => {
  const open = async (path: string) => {
    const page = await chromium.newPage()
    onTestFinished(() => page.close())
    await page.goto(origin + path, { waitUntil: 'networkidle' })
    return page
  }
  /** What has the focus, and whether one sees that. */
  const focused = (page: Page) =>
    page.evaluate(() => {
      const { activeElement } = document
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(activeElement!)
      const isSeen = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
      return {
        text: activeElement!.textContent!.trim().slice(0, 60),
        id: activeElement!.id,
        isSeen,
        isPage: activeElement === document.body,
      }
    })

  test('the first stop leads past the navigation', async () => {
    const page = await open('guides/reject.html')
    await page.keyboard.press('Tab')
    const link = page.getByRole('link', { name: 'Skip to content' })
    await expect
      .poll(() => link.boundingBox())
      .toMatchObject({ x: expect.any(Number), width: expect.toSatisfy((width) => width > 50) })
    await page.keyboard.press('Enter')
    await expect.poll(() => focused(page)).toMatchObject({ id: 'VPContent' })
  })

  test('one sees where it is, at every stop', async () => {
    const page = await open('guides/which-package.html')
    const [seen, unseen]: string[][] = [[], []]
    for (let stop = 0; stop < 100; stop++) {
      await page.keyboard.press('Tab')
      const { text, isSeen, isPage } = await focused(page)
      if (isPage) break // behind the last stop
      ;(isSeen ? seen : unseen)!.push(text)
    }
    expect(seen!.length).toBeGreaterThan(20)
    expect(unseen).toEqual([])
  })

  test('the search opens, finds, and leads to what it has found', async () => {
    const page = await open('index.html')
    await page.keyboard.press('Control+k')
    await page.getByRole('searchbox').waitFor()
    await page.keyboard.type('without loss')
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/restart-without-loss/)
    await expect.poll(() => page.title()).toContain('Restart without loss')
  })

  test('the search closes, and nothing has changed', async () => {
    const page = await open('index.html')
    await page.keyboard.press('Control+k')
    await page.getByRole('searchbox').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').waitFor({ state: 'detached' })
    expect(new URL(page.url()).pathname).toBe(`${base}index.html`)
  })

  test('a table that is wider than the window scrolls', async () => {
    const page = await open('guides/which-package.html')
    await page.setViewportSize({ width: 360, height: 800 })
    const frame = page.locator('.frame[tabindex]').first()
    await frame.focus()
    for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowRight')
    await expect.poll(() => frame.evaluate(({ scrollLeft }) => scrollLeft)).toBeGreaterThan(0)
  })
})

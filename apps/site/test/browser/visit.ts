import { createRequire } from 'node:module'
import type { BrowserContext, Page } from 'playwright-core'

/** What was seen on a page. */
export interface Visit {
  /** What is wrong with it, a line each. */
  readonly complaints: readonly string[]
  /** Where it links to on this site, whole addresses. */
  readonly links: readonly string[]
  /** Where on it a link can lead: '' is its top. */
  readonly places: readonly string[]
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const [narrow, wide] = [360, 1280]

/** Look at a page in a wide window and a narrow one, in light and in dark. */
export async function visit(context: BrowserContext, address: string): Promise<Visit> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('requestfailed', (request) => complaints.push(`not loaded: ${request.url()}`))
  try {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await page.goto(address, { waitUntil: 'load' })
    await page.setViewportSize({ width: narrow, height: 800 })
    complaints.push(...(await overflow(page)))
    await page.setViewportSize({ width: wide, height: 900 })
    const found = await page.evaluate(() => ({
      links: Array.from(document.links, ({ href }) => href).filter((href) => href.startsWith(location.origin)),
      places: ['', ...Array.from(document.querySelectorAll('[id]'), ({ id }) => id)],
    }))
    await thin(page)
    await page.addScriptTag({ path: axe })
    complaints.push(...(await accessibility(page, 'light')))
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.waitForFunction(() => document.documentElement.classList.contains('dark'))
    complaints.push(...(await accessibility(page, 'dark', ['color-contrast'])))
    return { complaints, ...found }
  } finally {
    await page.close()
  }
}

/** axe-core compares all with all: of long lists of like things it sees the first. */
const thin = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const list of document.querySelectorAll('tbody, pre code, .VPDocOutlineItem, .vp-doc > div'))
      for (const more of Array.from(list.children).slice(list.matches('div') ? 100 : 20)) more.remove()
  })

/** What axe-core finds, of some rules or of all. */
async function accessibility(page: Page, scheme: string, rules?: readonly string[]): Promise<string[]> {
  const violations = await page.evaluate(async (only) => {
    const { axe } = globalThis as unknown as { readonly axe: typeof import('axe-core') }
    const { violations } = await axe.run(document, {
      resultTypes: ['violations'],
      preload: false,
      ...(only && { runOnly: { type: 'rule', values: [...only] } }),
    })
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ html }) => html.slice(0, 160))
          .join(' and ')}`,
    )
  }, rules)
  return violations.map((violation) => `${scheme}: ${violation}`)
}

/** What reaches beyond the right edge, unless something around it scrolls or clips. */
const overflow = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth > clientWidth ? [`${scrollWidth} pixels wide in a window of ${clientWidth}`] : []
  })

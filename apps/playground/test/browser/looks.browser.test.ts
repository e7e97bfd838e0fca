import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { send, textOf, visit } from './browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong, with where it is. */
async function faults(page: Page): Promise<string[]> {
  // As an extension of the browser would: the page's policy forbids scripts.
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { violations } = await (
      window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> }
      }
    ).axe.run()
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
    )
  })
}

/** Everything that can be opened is open. */
async function full(page: Page): Promise<void> {
  await page.getByLabel('Example').selectOption({ label: 'A queue and its judge' })
  await send(page)
  await textOf(page, '.path')
  for (const details of await page.locator('summary').all()) await details.click()
}

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  test.each([360, 800, 1440])('%i pixels wide: nothing sticks out, and axe finds nothing', async (width) => {
    const { page } = await visit('', { width, height: 800 })
    await page.emulateMedia({ colorScheme })
    await full(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    expect(await faults(page)).toEqual([])
    await page.getByRole('button', { name: 'Netlink messages' }).click()
    await page.getByRole('button', { name: 'An example' }).click()
    await textOf(page, '.messages')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    expect(await faults(page)).toEqual([])
  })
})

test('three columns where there is room, one below the other where there is none', async () => {
  const { page } = await visit('', { width: 1440, height: 900 })
  const lefts = async () =>
    new Set(await page.locator('.column').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left)))
  expect((await lefts()).size).toBe(3)
  await page.setViewportSize({ width: 360, height: 800 })
  expect((await lefts()).size).toBe(1)
})

test('the keyboard reaches everything, in order, and shows where it is', async () => {
  const { page } = await visit()
  const seen: string[] = []
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab')
    const focus = await page.evaluate(() => {
      const at = document.activeElement
      if (at === null || at === document.body) return undefined
      const ring = [at, at.closest('.cm-editor'), at.closest('label')].some(
        (one) => one !== null && getComputedStyle(one).outlineStyle !== 'none',
      )
      return {
        name: at.getAttribute('aria-label') ?? (at as HTMLElement).innerText?.trim() ?? at.tagName,
        id: at.id,
        ring,
      }
    })
    if (focus === undefined) break
    expect(focus.ring, `${focus.name} ${focus.id}`).toBe(true)
    seen.push(focus.id || focus.name)
  }
  const order = ['Share', 'Rules', 'line', 'Send', 'Judge'].map((name) => seen.indexOf(name))
  expect(order, seen.join(' | ')).not.toContain(-1)
  expect(order).toEqual(order.toSorted((a, b) => a - b))
})

test('a packet is sent from the keyboard alone', async () => {
  const { page } = await visit()
  await page.locator('#line').focus()
  await page.keyboard.press('Enter')
  expect(await textOf(page, '.path .badge')).toBe('accept')
})

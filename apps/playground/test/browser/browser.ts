import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeEach, expect, inject } from 'vitest'
import { examples } from '../../src/examples/examples.ts'
import { fragmentOf } from '../../src/project/link.ts'
import type { Project } from '../../src/project/project.ts'

/** Nothing of the browser's own goes over the network. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const served = inject('playground')
const profile = mkdtempSync(join(tmpdir(), 'nfkit-chromium-'))
let context: BrowserContext | undefined

/** A page of the playground, and what went on in it. */
export interface Visit {
  readonly page: Page
  /** What the page complained of. */
  readonly complaints: string[]
  /** Addresses that were asked for. */
  readonly requests: string[]
}

/** Where the playground is. */
export const address = 'address' in served ? served.address : ''
/** The folder it is in. */
export const folder = 'folder' in served ? served.folder : ''

let visits: Visit[] = []

/** Open the playground. */
export async function visit(fragment = '', size = { width: 1_280, height: 900 }): Promise<Visit> {
  context ??= await chromium.launchPersistentContext(profile, {
    executablePath: 'chromium' in served ? served.chromium : '',
    headless: true,
    args,
  })
  const page = await context.newPage()
  await page.setViewportSize(size)
  const one: Visit = { page, complaints: [], requests: [] }
  page.on('console', (message) => {
    if (message.type() === 'error') one.complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => one.complaints.push(message))
  page.on('request', (request) => one.requests.push(request.url()))
  visits.push(one)
  await page.goto(address + fragment)
  await page.waitForSelector('.cm-content')
  return one
}

/** The project of an example, with other parts. */
export const projectWith = (name: string, part: Partial<Project>): Project => ({
  ...examples.find((one) => one.name === name)!.project,
  ...part,
})

/** Open the link of a project, and let it run. */
export async function follow(project: Project): Promise<Visit> {
  const one = await visit(await fragmentOf(project))
  await one.page.getByRole('button', { name: 'Allow it to run' }).click()
  return one
}

/** What the server was asked for, by whomever. */
export const asked = async (): Promise<readonly string[]> => (await fetch(new URL('/asked', address))).json()

/** Send the packet that is written. */
export const send = (page: Page): Promise<void> => page.getByRole('button', { name: 'Send' }).click()

/** The text of an element, when there is some. */
export async function textOf(page: Page, selector: string, milliseconds = 15_000): Promise<string> {
  await expect.poll(() => page.locator(selector).first().textContent(), { timeout: milliseconds }).toMatch(/\S/)
  return (await page.locator(selector).first().innerText()).trim()
}

beforeEach(({ skip }) => {
  if ('obstacle' in served) skip(served.obstacle)
})

afterEach(async () => {
  for (const { page } of visits) await page.close()
  visits = []
})

afterAll(async () => {
  await context?.close()
  context = undefined
  rmSync(profile, { recursive: true, force: true })
})

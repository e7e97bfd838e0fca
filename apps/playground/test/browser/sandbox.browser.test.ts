import { expect, test } from 'vitest'
import { fragmentOf } from '../../src/project/link.ts'
import { address, asked, follow, projectWith, send, textOf, visit } from './browser.ts'

const queue = (judge: string) => projectWith('A queue and its judge', { judge })
const judging = (body: string) => queue(`export default async function judge(packet) {\n${body}\n}`)

test('code of a link is shown, and does not run before a click', async () => {
  const project = queue("console.log('I run'); export default (packet) => packet.accept()")
  const { page, requests } = await visit(await fragmentOf(project))
  expect(await page.locator('code-editor').last().innerText()).toContain('I run')
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  await page.locator('#line').press('Enter')
  await page.waitForTimeout(300)
  expect(await page.locator('iframe').count()).toBe(0)
  expect(requests.filter((url) => url.includes('sandbox.html'))).toEqual([])
  await page.getByRole('button', { name: 'Allow it to run' }).click()
  expect(await page.locator('iframe').count()).toBe(0)
  await send(page)
  expect(await textOf(page, '.notes')).toContain('I run')
})

test('the frame may run scripts, and nothing else; its origin is its own', async () => {
  const { page } = await follow(
    judging('console.log(String(self.origin), typeof document, typeof localStorage, typeof Worker); packet.accept()'),
  )
  await send(page)
  expect(await textOf(page, '.notes')).toContain('null undefined undefined undefined')
  expect(await page.locator('iframe').getAttribute('sandbox')).toBe('allow-scripts')
})

test.each([
  ['in the judge', judging('for (;;);')],
  ['when the judge is loaded', queue('for (;;);\nexport default () => {}')],
  [
    'in the rules',
    projectWith('A first rule', { rules: { language: 'typescript', text: 'for (;;);\nexport default []' } }),
  ],
  ['of promises', judging('for (;;) await undefined')],
])('a loop without end %s is ended, and the page goes on', async (_, project) => {
  const { page } = await follow(project)
  await send(page)
  expect(await textOf(page, '.failure')).toMatch(/did not end within \d seconds, and was stopped/)
  expect(await page.locator('iframe').count()).toBe(0)
  await page.getByLabel('Example').selectOption({ label: 'A first rule' })
  await send(page)
  expect(await textOf(page, '.path .badge')).toBe('accept')
})

test('there is no network: not by any way a worker has', async () => {
  const { page } = await follow(
    judging(`
      const url = '${address}stolen'
      const tries = {
        fetch: () => fetch(url),
        request: () => new Promise((done, failed) => { const r = new XMLHttpRequest(); r.onload = done; r.onerror = failed; r.open('GET', url); r.send() }),
        socket: () => new Promise((done, failed) => { const s = new WebSocket(url.replace('http', 'ws')); s.onopen = done; s.onerror = failed }),
        events: () => new Promise((done, failed) => { const s = new EventSource(url); s.onopen = done; s.onerror = failed }),
        scripts: async () => importScripts(url),
        module: () => import(url),
        data: () => import('data:text/javascript,export default 1'),
      }
      for (const [name, go] of Object.entries(tries)) await Promise.resolve().then(go).then(() => console.log(name, 'WENT'), () => console.log(name, 'failed'))
      packet.accept()`),
  )
  await send(page)
  const notes = await textOf(page, '.notes')
  for (const name of ['fetch', 'request', 'socket', 'events', 'scripts', 'module', 'data'])
    expect(notes).toContain(`${name} failed`)
  expect((await asked()).filter((path) => path.includes('stolen'))).toEqual([])
  await page.evaluate(() => fetch('stolen-by-the-page').catch(() => {}))
  expect((await asked()).filter((path) => path.includes('stolen'))).toHaveLength(1)
})

test('what the page keeps is out of reach', async () => {
  const { page } = await visit()
  await page.evaluate(() => {
    document.cookie = 'secret=1; path=/'
    localStorage.setItem('secret', '1')
  })
  const project = judging(`
    const cookies = await Promise.resolve().then(() => cookieStore.getAll()).then((all) => all.length, () => 'none')
    const opened = await new Promise((done) => { try { const r = indexedDB.open('x'); r.onsuccess = () => done('WENT'); r.onerror = () => done('refused') } catch { done('refused') } })
    const cached = await Promise.resolve().then(() => caches.keys()).then(() => 'WENT', () => 'refused')
    console.log('cookies', cookies, 'database', opened, 'cache', cached)
    packet.accept()`)
  const other = await follow(project)
  await send(other.page)
  expect(await textOf(other.page, '.notes')).toContain('cookies none database refused cache refused')
})

test('text of the code is text on the page: in notes, failures, rules and verdicts', async () => {
  const evil = '<img src=x onerror="window.hacked = 1">'
  const rules = `import { comment, drop, queue, table } from '@nfkit/nftables'
const t = table('inet', 't')
const c = t.chain('c', { hook: 'forward' })
export default [t, c, c.rule(queue(0), comment(${JSON.stringify(evil)}))]`
  const project = projectWith('A queue and its judge', {
    rules: { language: 'typescript', text: rules },
    judge: `console.log(${JSON.stringify(evil)}); export default () => { throw new Error(${JSON.stringify(evil)}) }`,
    network: {
      interfaces: [{ name: 'eth0', addresses: ['192.0.2.1'] }],
      hosts: [{ name: '<img src=x onerror=hacked=1>', address: '192.0.2.7', via: 'eth0' }],
    },
    lines: ['udp 192.0.2.7:1 > 198.51.100.1:2', evil],
  })
  const { page, complaints } = await follow(project)
  await send(page)
  expect(await textOf(page, '.notes')).toContain(evil)
  expect(await textOf(page, '.ruleset')).toContain('<img')
  await page.locator('#line').fill(evil)
  await send(page)
  expect(await textOf(page, '.failure')).toContain('<img')
  expect(await page.locator('img').count()).toBe(0)
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  expect(complaints).toEqual([])
})

test('a worker of a worker cannot be made', async () => {
  const { page } = await follow(
    judging(`
      const ways = [() => new Worker('x'), () => new SharedWorker('x'), () => new self.constructor.Worker('x')]
      for (const way of ways) try { way(); console.log('MADE') } catch (error) { console.log('not made') }
      packet.accept()`),
  )
  await send(page)
  const notes = await textOf(page, '.notes')
  expect(notes.match(/not made/g)).toHaveLength(3)
  expect(notes).not.toContain('MADE')
})

test.each([
  ['another form', 'Object.prototype.toJSON = () => ({ scene: 7 })', /not an object/],
  ['no JSON', 'const real = MessagePort.prototype; Object.prototype.toJSON = () => undefined', /is not text|no answer/],
  ['too long', "Object.prototype.toJSON = () => 'x'.repeat(5_000_000)", /text of up to/],
  [
    'unasked',
    `const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data').get
     Object.defineProperty(MessageEvent.prototype, 'data', { get() { this.target.postMessage('{"scene":{}}'); this.target.postMessage({}); return data.call(this) } })`,
    /is not|not asked|no answer/,
  ],
])('an answer that is none ends the sandbox: %s', async (_, code, message) => {
  const { page } = await follow(judging(`${code}\npacket.accept()`))
  await send(page)
  const first = await page.locator('.failure').textContent()
  if (!first?.trim()) await send(page)
  const failure = await textOf(page, '.failure')
  expect(failure).toMatch(/said something that is no answer, and was stopped/)
  expect(failure).toMatch(message)
  expect(await page.locator('iframe').count()).toBe(0)
})

test('messages that nobody reads do no harm', async () => {
  const { page } = await follow(judging('for (let i = 0; i < 10_000; i++) postMessage({ i }); packet.accept()'))
  await send(page)
  expect(await textOf(page, '.path .badge')).toBe('accept')
})

test('the page of the sandbox runs nothing where it has a place', async () => {
  const { page } = await visit()
  const made = await page.evaluate(async () => {
    const frame = document.createElement('iframe')
    frame.src = 'sandbox.html'
    document.body.append(frame)
    await new Promise((loaded) => frame.addEventListener('load', loaded))
    const { port1, port2 } = new MessageChannel()
    const heard = new Promise((resolve) => {
      port1.onmessage = () => resolve('ran')
      setTimeout(() => resolve('silent'), 1_000)
    })
    frame.contentWindow!.postMessage('onmessage = ({ ports }) => ports[0].postMessage(1)', '*', [port2])
    return heard
  })
  expect(made).toBe('silent')
})

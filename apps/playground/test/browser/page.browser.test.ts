import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { linktype, MemorySink, PcapWriter } from '@nfkit/capture'
import { tcp, udp } from '@nfkit/ip-codec/build'
import { describe, expect, test } from 'vitest'
import { address, folder, follow, projectWith, send, textOf, visit } from './browser.ts'

test('a click shows something at once: the packet’s path, the rules with their counters, the connection', async () => {
  const { page, complaints } = await visit()
  await send(page)
  expect(await textOf(page, '.steps')).toMatch(/inet fw input\s+tcp dport { 22, 443 } counter accept\s+accept/)
  expect(await textOf(page, '.ruleset .current')).toBe('tcp dport { 22, 443 } counter packets 1 bytes 40 accept')
  expect(await textOf(page, 'tbody')).toContain('tcp 192.0.2.7:40000 > 192.0.2.1:443')
  expect(complaints).toEqual([])
})

test('steps forth and back mark the line of the rules', async () => {
  const { page } = await visit()
  await page.getByLabel('Example').selectOption({ label: 'Address translation' })
  await send(page)
  expect(await textOf(page, '.stepper')).toContain('step 3 of 3')
  await page.getByRole('button', { name: 'Step before' }).click()
  expect(await textOf(page, '.ruleset .current')).toBe('ct status dnat accept')
  await page.getByRole('button', { name: 'Step before' }).click()
  expect(await textOf(page, '.ruleset .current')).toContain('dnat ip to 10.0.0.5:80')
  expect(await page.getByRole('button', { name: 'Step before' }).isDisabled()).toBe(true)
})

test('a queue has its judge: its word is on the path, what it prints beside', async () => {
  const { page } = await visit()
  await page.getByLabel('Example').selectOption({ label: 'A queue and its judge' })
  await send(page)
  expect(await textOf(page, '.steps .judge')).toMatch(/the judge, queue 0[\s\S]*accept, connmark 0x1/)
  expect(await textOf(page, '.notes')).toContain('asked for 192.0.2.7:40000')
  await page.getByRole('button', { name: 'Reply' }).click()
  await expect.poll(() => page.locator('.journeys li').count()).toBe(2)
  expect(await textOf(page, '.steps')).toContain('ct mark 0x00000001 accept')
})

test('time passes when it is told to', async () => {
  const { page } = await visit()
  await page.getByLabel('Example').selectOption({ label: 'A set with timeouts' })
  await page.locator('#line').fill('tcp 203.0.113.9:5000 > 192.0.2.1:80 syn')
  await send(page)
  expect(await textOf(page, '.path .badge')).toBe('drop')
  for (const name of ['Let 30 s pass', 'Let 30 s pass', 'Let 1 s pass'])
    await page.getByRole('button', { name }).click()
  await expect.poll(() => page.locator('.time b').innerText()).toBe('61.000 s')
  await send(page)
  await expect.poll(() => page.locator('.path .badge').innerText()).toBe('accept')
})

test('a form writes the line', async () => {
  const { page } = await visit()
  await page.getByText('By form').click()
  await page.getByLabel('Protocol').selectOption('udp')
  await page.locator('[name=toPort]').fill('53')
  expect(await page.locator('#line').inputValue()).toBe('udp 192.0.2.7:40000 > 192.0.2.1:53')
})

test('a connection goes from its first packet to its last', async () => {
  const { page } = await visit()
  await page.getByLabel('Example').selectOption({ label: 'A queue and its judge' })
  await page.getByText('A connection', { exact: true }).click()
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  expect(await textOf(page, '.notes .kernel')).toContain('192.0.2.7 got 2000 bytes from 10.0.0.5:443')
})

test('the packets of a capture', async () => {
  const { page } = await visit()
  const file = new MemorySink()
  const writer = new PcapWriter(file, { linktype: linktype.raw })
  writer.record(0n, tcp('192.0.2.7:1 > 192.0.2.1:443', { syn: true }))
  writer.record(2_000_000_000n, udp('192.0.2.7:1 > 192.0.2.1:53'))
  writer.close()
  await page.getByText('From a capture').click()
  await page.setInputFiles('.drop-here input', {
    name: 'a.pcap',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(file.bytes),
  })
  await expect.poll(() => page.locator('.journeys .badge').allInnerTexts()).toEqual(['drop', 'accept'])
  expect(await page.locator('.time b').innerText()).toBe('2.000 s')
})

test('a listing of nft', async () => {
  const listing = JSON.stringify({
    nftables: [
      { table: { family: 'ip', name: 'mine', handle: 1 } },
      {
        chain: {
          family: 'ip',
          table: 'mine',
          name: 'in',
          handle: 1,
          type: 'filter',
          hook: 'input',
          prio: 0,
          policy: 'drop',
        },
      },
    ],
  })
  const { page } = await visit()
  await page.getByRole('button', { name: 'nft -j listing' }).click()
  await page.setInputFiles('.column .file input >> nth=0', {
    name: 'rules.json',
    mimeType: 'application/json',
    buffer: Buffer.from(listing),
  })
  await send(page)
  expect(await textOf(page, '.path')).toMatch(/ip mine in[\s\S]*policy drop/)
})

test('types are checked where they are written', async () => {
  const { page } = await visit()
  await page.getByRole('button', { name: 'Check types' }).first().click()
  await expect.poll(() => page.locator('.check').first().innerText(), { timeout: 45_000 }).toContain('Types are right')
  await page.getByRole('textbox', { name: 'Judge' }).click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(
    "import type { Packet } from '@nfkit/nfqueue'\nexport default (packet: Packet) => packet.acept()\n",
  )
  expect(await textOf(page, '.problems:not([hidden])', 30_000)).toContain('line 2, column 43')
  expect(await page.locator('.problems:not([hidden])').innerText()).toContain("Did you mean 'accept'?")
})

test('what is shared is what is seen', async () => {
  const { page } = await visit()
  await page.locator('#line').fill('udp 192.0.2.7:1 > 192.0.2.1:2')
  await page.getByRole('button', { name: 'Share' }).click()
  await expect.poll(() => page.url()).toContain('#project=')
  const other = await visit(new URL(page.url()).hash)
  expect(await other.page.locator('#line').inputValue()).toBe('udp 192.0.2.7:1 > 192.0.2.1:2')
  expect(await other.page.locator('code-editor').first().innerText()).toContain("fw.chain('input'")
  expect(await textOf(other.page, '.banner')).toContain('came by a link')
})

test('a damaged link is told, and the page works', async () => {
  const { page } = await visit('#project=xyz')
  expect(await textOf(page, '.failure')).toContain('the link is damaged')
  await send(page)
  expect(await textOf(page, '.path .badge')).toBe('accept')
})

test('what is wrong with code and lines is told', async () => {
  const { page } = await follow(projectWith('A first rule', { judge: 'export default (packet) => {' }))
  await send(page)
  expect(await textOf(page, '.failure')).toContain('judge: line 1, column')
  await page.getByLabel('Example').selectOption({ label: 'A first rule' })
  await page.locator('#line').fill('tcp somewhere')
  await send(page)
  expect(await textOf(page, '.failure')).toContain("expected 'PROTOCOL SOURCE > DESTINATION'")
})

test('netlink messages are read from what is pasted', async () => {
  const { page } = await visit()
  await page.getByRole('button', { name: 'Netlink messages' }).click()
  await page.getByRole('button', { name: 'An example' }).click()
  expect(await textOf(page, '.messages')).toMatch(/NFT_MSG_NEWCHAIN[\s\S]*NFTA_CHAIN_TABLE "fw"[\s\S]*ENOENT/)
  await page.locator('.netlink textarea').fill('14000000100a0100 0000000000000000 00000000')
  await expect.poll(() => page.locator('.messages').innerText()).toContain('NFT_MSG_GETGEN')
})

describe('what is loaded', () => {
  const size = (file: string) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length

  test('comes from here, and is at most 400 kB compressed until a packet was sent', async () => {
    const { page, requests } = await visit()
    await send(page)
    await textOf(page, '.path')
    const files = [...new Set(requests)].filter((url) => !url.startsWith('data:') && !url.startsWith('blob:'))
    for (const url of files) expect(url.startsWith(address), url).toBe(true)
    const bytes = files.map((url) =>
      size(new URL(url).pathname.slice(new URL(address).pathname.length) || 'index.html'),
    )
    expect(bytes.length).toBeGreaterThan(5)
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(400_000)
  })

  test('nothing of Node is in it', () => {
    for (const file of readdirSync(join(folder, 'assets')).filter(
      (name) => name.endsWith('.js') && !name.startsWith('worker'),
    ))
      expect(readFileSync(join(folder, 'assets', file), 'utf8'), file).not.toMatch(
        /(?:from|import|require\w*\()\s*["'`]node:/,
      )
  })
})

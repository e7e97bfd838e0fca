import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Inbox } from '@nfkit/netlink-transport/compliance'
import { expect, onTestFinished, test } from 'vitest'
import { openMnl } from '../src/index.ts'
import { request } from './request.ts'

/** A process in a network namespace of its own. */
async function elsewhere(): Promise<ChildProcess> {
  const child = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec sleep 60'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return child
}

const portsIn = (pid: number | string) =>
  readFileSync(`/proc/${pid}/net/netlink`, 'utf8')
    .split('\n')
    .map((line) => Number(line.trim().split(/\s+/)[2]))

test('opens in another network namespace, as do siblings, and stays here itself', async () => {
  const child = await elsewhere()
  const here = readlinkSync('/proc/thread-self/ns/net')
  const transport = openMnl({ netns: `/proc/${child.pid}/ns/net`, portId: 4_000_000_001 })
  onTestFinished(() => transport.close())
  expect(readlinkSync('/proc/thread-self/ns/net')).toBe(here)
  expect(portsIn(child.pid!)).toContain(transport.portId)
  expect(portsIn('thread-self')).not.toContain(transport.portId)

  const sibling = transport.sibling()
  expect(portsIn(child.pid!)).toContain(sibling.portId)
  sibling.close()

  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  const orphan = transport.sibling()
  onTestFinished(() => orphan.close())
  const inbox = new Inbox()
  orphan.receive(inbox)
  orphan.send(request(1))
  await inbox.until(() => inbox.messages.length > 0)
})

test('names interfaces of its own namespace', async () => {
  const child = await elsewhere()
  const transport = openMnl({ netns: `/proc/${child.pid}/ns/net` })
  onTestFinished(() => transport.close())
  expect(transport.interfaceName(1)).toBe('lo')
  expect(transport.interfaceName(2_000)).toBeUndefined()
})

test('reads /proc/net of its own namespace, also when nobody is left in it', async () => {
  const child = await elsewhere()
  const transport = openMnl({ netns: `/proc/${child.pid}/ns/net`, portId: 4_000_000_002 })
  onTestFinished(() => transport.close())
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  const here = openMnl()
  onTestFinished(() => here.close())
  expect(transport.procNet('netlink')).toContain(' 4000000002 ')
  expect(here.procNet('netlink')).not.toContain(' 4000000002 ')
  expect(here.procNet('netlink')).toContain(` ${here.portId} `)
  transport.close()
  expect(transport.procNet('netlink')).toBeUndefined()
})

test('says which step failed', () => {
  expect(() => openMnl({ netns: '/nowhere/at/all' })).toThrow(
    expect.objectContaining({ name: 'TransportError', syscall: 'open', code: 'ENOENT' }),
  )
  expect(() => openMnl({ netns: '/proc/self/status' })).toThrow(
    expect.objectContaining({ name: 'TransportError', syscall: 'setns', code: 'EINVAL' }),
  )
})

test.each([
  '',
  5,
  null,
  false,
  Buffer.from('/proc/self/ns/net'),
  new URL('file:///proc/self/ns/net'),
  '/proc/self/ns/net\0x',
])('anything but a path and undefined is refused, instead of meaning the own namespace: %o', (netns) => {
  const refused = expect.objectContaining({ message: expect.stringMatching(/^netns: .* is not the path/) })
  expect(() => openMnl({ netns: netns as string })).toThrow(refused)
  expect(() => openMnl({ netns: netns as string })).toThrow(typeof netns === 'string' ? RangeError : TypeError)
})

test('a FIFO is not waited for, and a namespace of another kind is none', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mnl-native-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const fifo = join(directory, 'fifo')
  execFileSync('mkfifo', [fifo])
  for (const netns of [fifo, '/proc/self/ns/uts', directory])
    expect(() => openMnl({ netns })).toThrow(expect.objectContaining({ syscall: 'setns', code: 'EINVAL' }))
})

import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { Inbox } from '@nfkit/netlink-transport/compliance'
import { expect, onTestFinished, test } from 'vitest'
import { type MnlOptions, type MnlSocket, openMnl } from '../src/index.ts'
import { descriptors, openedSince } from './descriptors.ts'
import { bundled } from './program.ts'
import { request } from './request.ts'

const isOpen = (fd: number) => readdirSync('/proc/self/fd').includes(String(fd))

/** Closed when the test is over. */
function open(options?: MnlOptions): MnlSocket {
  const transport = openMnl(options)
  onTestFinished(() => transport.close())
  return transport
}

function closedAfterwards(fd: number): number {
  onTestFinished(() => closeSync(fd))
  return fd
}

async function tcpSocket(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  onTestFinished(() => void server.close())
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd
}

async function elsewhere(): Promise<string> {
  const child = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec sleep 60'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return `/proc/${child.pid}/ns/net`
}

function closedNumber(): number {
  const fd = openSync('/dev/null', 'r')
  closeSync(fd)
  return fd
}

test.each<[string, () => number | Promise<number>, string, RegExp]>([
  ['a file', () => closedAfterwards(openSync('/dev/null', 'r')), 'ENOTSOCK', /is no socket/],
  ['a TCP socket', tcpSocket, 'EAFNOSUPPORT', /not of netlink/],
  ['a netlink socket of another protocol', () => open({ protocol: 4 }).fd, 'EPROTOTYPE', /the option protocol/],
  ['one of another network namespace', async () => open({ netns: await elsewhere() }).fd, 'EXDEV', /the option netns/],
  ['a closed number', closedNumber, 'EBADF', /no descriptor with this number/],
  ['a number no process reaches', () => 0x7fff_ffff, 'EBADF', /no descriptor with this number/],
])('%s is refused, and left as it was', async (_, descriptor, code, advice) => {
  const fd = await descriptor()
  const before = descriptors()
  const wasOpen = isOpen(fd)
  expect(() => openMnl({ fd })).toThrow(expect.objectContaining({ name: 'TransportError', syscall: 'adopt', code }))
  expect(() => openMnl({ fd })).toThrow(advice)
  expect(openedSince(before)).toEqual([])
  expect(isOpen(fd)).toBe(wasOpen)
})

test.each([-1, 2 ** 31, 1.5, Number.NaN, '3', null])('%o is no descriptor', (fd) => {
  expect(() => openMnl({ fd: fd as number })).toThrow(
    expect.objectContaining({ name: 'RangeError', message: expect.stringMatching(/^fd: .* is no whole number/) }),
  )
})

test('a port id is not asked for: the socket has one', () => {
  const { fd } = open()
  expect(() => openMnl({ fd, portId: 7 })).toThrow(/^portId: .* has one already/)
})

test('a socket of another namespace is taken over by who says which', async () => {
  const netns = await elsewhere()
  const transport = open({ netns })
  const heir = transport.heir()
  onTestFinished(() => heir.close())
  transport.close()
  expect(heir.portId).toBeGreaterThan(0)
  const sibling = heir.sibling()
  onTestFinished(() => sibling.close())
  expect(sibling.fd).toBeGreaterThan(2)
  expect(sibling.inherited).toBe(false)
  const port = (pid: string) => readFileSync(`/proc/${pid}/net/netlink`, 'utf8').includes(` ${sibling.portId} `)
  expect([port(netns.split('/')[2]!), port('thread-self')]).toEqual([true, false])
})

/** What the program `inherit` says of the socket it finds as descriptor 3. */
async function inherited(fd: number): Promise<string> {
  const child = spawn(process.execPath, [await bundled('inherit')], { stdio: ['ignore', 'pipe', 'inherit', fd] })
  return text(child.stdout!)
}

test('a child process reads what was left unread, with the flags a descriptor has', async () => {
  const transport = open()
  transport.send(request(1))
  const said = await inherited(transport.fd)
  const [, port, flags, sequences] = /adopted (\d+) (\d+)\nread (.*)\n/.exec(said)!
  expect([port, sequences]).toEqual([String(transport.portId), '1,2'])
  // O_CLOEXEC, O_NONBLOCK (include/uapi/asm-generic/fcntl.h).
  expect(Number.parseInt(flags!, 8) & 0o2_004_000).toBe(0o2_004_000)
  expect(isOpen(transport.fd)).toBe(true)
})

test('a socket that was never bound is refused', async () => {
  const program = await bundled('inherit')
  const make =
    'import os, socket, sys; s = socket.socket(16, 3, 12); os.dup2(s.fileno(), 3); os.set_inheritable(3, True)'
  const child = spawn('python3', ['-c', `${make}; os.execv(sys.argv[1], sys.argv[1:])`, process.execPath, program])
  expect(await text(child.stdout)).toContain('adopt: EADDRNOTAVAIL: the socket is not bound')
})

test('heirs have one socket, which lives as long as one of them; who is closed has nothing', async () => {
  const before = descriptors()
  const transport = open()
  const heir = transport.heir()
  const target = readlinkSync(`/proc/self/fd/${transport.fd}`)
  expect(readlinkSync(`/proc/self/fd/${heir.fd}`)).toBe(target)
  transport.send(request(1))
  transport.close()
  transport.close()
  expect(transport.fd).toBe(-1)
  expect(() => transport.heir()).toThrow(expect.objectContaining({ code: 'EBADF' }))
  const inbox = new Inbox()
  heir.receive(inbox)
  await inbox.until(() => inbox.messages.length > 0)
  expect(inbox.sequences).toEqual([1])
  expect([transport.inherited, heir.inherited]).toEqual([false, true])
  heir.close()
  expect(openedSince(before)).toEqual([])
})

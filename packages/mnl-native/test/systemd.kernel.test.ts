import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { forgetDescriptor, notify, storeDescriptor, storedDescriptors } from '../src/systemd.ts'
import { bundled } from './program.ts'

const manager = join(import.meta.dirname, 'fixtures/service-manager.py')

afterEach(() => vi.unstubAllEnvs())

test.each(['a file', 'the abstract namespace'])('a socket outlives a service that is killed: %s', async (where) => {
  const directory = mkdtempSync(join(tmpdir(), 'mnl-native-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = where === 'a file' ? join(directory, 'notify') : `@nfkit-test-${process.pid}`
  const command = [manager, path, process.execPath, await bundled('service')]
  const { stdout } = await promisify(execFile)('python3', command)
  const port = /^stored true (\d+)$/m.exec(stdout)?.[1]
  expect(stdout.trimEnd().split('\n')).toEqual([
    `stored true ${port}`,
    'told FDSTORE=1 FDNAME=gate with 1',
    'told READY=1 with 0',
    `again gate 3 ${port}`,
    'read 1',
  ])
})

describe('what was handed over', () => {
  const environment = { LISTEN_PID: String(process.pid), LISTEN_FDS: '3', LISTEN_FDNAMES: 'gate::unknown' }

  test('has names and numbers, in order', () => {
    expect(storedDescriptors(environment)).toEqual([
      { name: 'gate', fd: 3 },
      { name: '', fd: 4 },
      { name: 'unknown', fd: 5 },
    ])
    expect(storedDescriptors({ ...environment, LISTEN_FDNAMES: undefined })[2]).toEqual({ name: 'unknown', fd: 5 })
  })

  test.each<[string, NodeJS.ProcessEnv]>([
    ['nothing', {}],
    ['to another process', { ...environment, LISTEN_PID: '1' }],
    ['no number', { ...environment, LISTEN_FDS: 'many' }],
    ['a negative number', { ...environment, LISTEN_FDS: '-1' }],
    ['more than a process may have', { ...environment, LISTEN_FDS: '99999999' }],
  ])('is nothing where it is %s', (_, given) => {
    expect(storedDescriptors(given)).toEqual([])
  })
})

test('without a service manager nothing is told; one that does not listen is an error', () => {
  vi.stubEnv('NOTIFY_SOCKET', undefined)
  expect([notify('READY=1'), storeDescriptor('gate', 0), forgetDescriptor('gate')]).toEqual([false, false, false])
  vi.stubEnv('NOTIFY_SOCKET', '/nowhere/at/all')
  expect(() => notify('READY=1')).toThrow(expect.objectContaining({ syscall: 'sendmsg', code: 'ENOENT' }))
  vi.stubEnv('NOTIFY_SOCKET', `/${'x'.repeat(200)}`)
  expect(() => notify('READY=1')).toThrow(expect.objectContaining({ syscall: 'sendmsg', code: 'EINVAL' }))
  vi.stubEnv('NOTIFY_SOCKET', '/nowhere/at/all')
  expect(() => storeDescriptor('gate', 0x7fff_ffff)).toThrow(expect.objectContaining({ code: 'EBADF' }))
})

test.each(['', 'a:b', 'a\nFDSTOREREMOVE=1', 'ä', 'x'.repeat(256)])('%o is no name', (name) => {
  expect(() => storeDescriptor(name, 0)).toThrow(/^name: .* is not 1 to 255/)
})

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openConntrack } from '@nfkit/conntrack'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshHost } from '../../../test/host.ts'
import { captureFile } from '../src/file/index.ts'
import { readCapture, replayTransport } from '../src/index.ts'

// The packages as they are published: from the build, by their names.
const home = fileURLToPath(new URL('..', import.meta.url))
const program = join(home, 'test/fixtures/counted.mjs')
const nobody = 65_534

let folder: string
let file: string
beforeEach(() => {
  freshHost()
  folder = mkdtempSync(join(tmpdir(), 'preload-'))
  chmodSync(folder, 0o777)
  file = join(folder, 'session.pcapng')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** What the program prints and what it is warned of, recorded to a file. */
function run(path: string | undefined, args: readonly string[] = [], node = process.execPath, uid = 0) {
  const { NODE_OPTIONS, NFKIT_RECORD, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(node, ['--import', '@nfkit/capture/record', program, ...args], {
    cwd: home,
    env: path === undefined ? env : { ...env, NFKIT_RECORD: path },
    uid,
    gid: uid,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, warnings: stderr.match(/\[NFKIT_RECORD\].*/g) ?? [], stderr }
}

/** The same program with the recording in the kernel's place. */
async function replayed(path: string): Promise<void> {
  const transport = await replayTransport(readCapture(captureFile(path)))
  await using table = await openConntrack(transport)
  expect(await table.count()).toBe(0)
  await transport.quiet
  table.close()
  expect(await transport.finished).toMatchObject({ differences: [] })
}

test('a program that knows nothing of it is recorded, for its owner alone, and replays', async () => {
  expect(run(file)).toMatchObject({ status: 0, stdout: '0 entries\n', stderr: '' })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  await replayed(file)
})

test('a recording has all there was when the program ends without closing', async () => {
  expect(run(file, ['1', 'here', 'exit'])).toMatchObject({ status: 0, stderr: '' })
  await replayed(file)
})

test('each socket a program opens has a file, those of threads, too', async () => {
  expect(run(file, ['2', 'thread'])).toMatchObject({ status: 0, stdout: '0 entries\n'.repeat(3), stderr: '' })
  const files = ['session-2.pcapng', 'session-thread1.pcapng', 'session.pcapng']
  expect(readdirSync(folder)).toEqual(files)
  for (const name of files) await replayed(join(folder, name))
})

test('nothing is written where nothing is asked for', () => {
  for (const path of [undefined, '']) expect(run(path)).toMatchObject({ status: 0, stdout: '0 entries\n', stderr: '' })
  expect(readdirSync(folder)).toEqual([])
})

describe('what cannot be recorded is told once, and the program goes on', () => {
  test('a file that is there is left as it is', () => {
    writeFileSync(file, 'precious')
    const { status, stdout, warnings } = run(file)
    expect({ status, stdout }).toEqual({ status: 0, stdout: '0 entries\n' })
    expect(warnings).toEqual([expect.stringContaining('name a file that is not there yet')])
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  test('no link is followed, to a file that is there or not', () => {
    for (const target of ['victim', 'new']) {
      if (target === 'victim') writeFileSync(join(folder, target), 'precious')
      const link = join(folder, `${target}.pcapng`)
      symlinkSync(join(folder, target), link)
      expect(run(link)).toMatchObject({ status: 0, warnings: [expect.stringContaining('EEXIST')] })
    }
    expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('precious')
    expect(existsSync(join(folder, 'new'))).toBe(false)
  })

  test('a folder that is not there, for two sockets', () => {
    const { status, stdout, warnings } = run(join(folder, 'no', 'session.pcapng'), ['2'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: '0 entries\n'.repeat(2) })
    expect(warnings).toEqual([expect.stringContaining('the program goes on unrecorded: ENOENT')])
  })

  test('a disk that is full', () => {
    const limited = spawnSync(
      'sh',
      [
        '-c',
        'trap "" XFSZ; ulimit -f 0; exec "$@"',
        'sh',
        process.execPath,
        '--import',
        '@nfkit/capture/record',
        program,
      ],
      { cwd: home, env: { ...process.env, NODE_OPTIONS: '', NFKIT_RECORD: file }, encoding: 'utf8', timeout: 60_000 },
    )
    expect({ status: limited.status, stdout: limited.stdout }).toEqual({ status: 0, stdout: '0 entries\n' })
    expect(limited.stderr.match(/\[NFKIT_RECORD\].*/g)).toEqual([expect.stringContaining('incomplete: EFBIG')])
  })
})

describe('a process the kernel gave more privilege than its caller has is not recorded', () => {
  const mode = { 'set-user-ID': 0o4755, 'set-group-ID': 0o2755 } as const
  test.each(Object.entries(mode))('%s', (_, bits) => {
    const node = join(folder, 'node')
    copyFileSync(process.execPath, node)
    chmodSync(node, bits)
    const { warnings } = run(file, [], node, nobody)
    expect(warnings).toEqual([
      expect.stringContaining('ignored, for the kernel started this process with raised privilege'),
    ])
    expect(readdirSync(folder)).toEqual(['node'])
  })

  test('capabilities of the file', ({ skip }) => {
    const node = join(folder, 'node')
    copyFileSync(process.execPath, node)
    chmodSync(node, 0o755)
    if (spawnSync('setcap', ['cap_net_admin+ep', node]).status !== 0) return skip('setcap is not there, or not allowed')
    const { status, stdout, warnings } = run(file, [], node, nobody)
    expect({ status, stdout }).toEqual({ status: 0, stdout: '0 entries\n' })
    expect(warnings).toEqual([expect.stringContaining('raised privilege')])
    expect(readdirSync(folder)).toEqual(['node'])
  })

  test('and one without, as any user, is', () => {
    expect(run(file, [], process.execPath, nobody).warnings).toEqual([])
    expect(statSync(file)).toMatchObject({ uid: nobody })
  })
})

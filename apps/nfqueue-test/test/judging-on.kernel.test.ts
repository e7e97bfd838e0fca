import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, rule, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import { Cli, cli, main } from './cli.ts'

const demo = join(import.meta.dirname, '../captures/demo.pcapng')
const running: ChildProcess[] = []

const status = () => readFileSync('/proc/net/netfilter/nfnetlink_queue', 'utf8')
const isBound = (queue: number) =>
  status()
    .split('\n')
    .some((line) => Number.parseInt(line, 10) === queue)

/** A live session on queue 3, its output as given; its notes in `err`. */
async function live(command: readonly string[]): Promise<{ process: ChildProcess; err(): string }> {
  const [program = '', ...args] = command
  const run = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(run)
  let err = ''
  run.stderr.on('data', (chunk) => {
    err += chunk
  })
  await until(() => isBound(3), `the queue: ${err}`)
  return { process: run, err: () => err }
}

const ended = (run: ChildProcess) =>
  run.exitCode ?? new Promise<number | null>((resolve) => run.on('exit', (code) => resolve(code)))

/** Send datagrams, in bursts that fit the listener's buffer, until they are all there. */
async function pass(count: number, listener: { readonly got: readonly string[] }): Promise<void> {
  for (let sent = 0; sent < count; ) {
    const burst = Math.min(100, count - sent)
    await sendUdp('127.0.0.1', 5353, Array<string>(burst).fill('a'))
    sent += burst
    await until(() => listener.got.length >= sent, `packet ${sent}, after ${listener.got.length}`)
  }
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-on-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  freshHost()
  rule('-I INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 3')
})
afterEach(() => {
  for (const run of running.splice(0)) run.kill('SIGKILL')
})

describe('a reader that takes nothing', () => {
  /** More lines than pipes, buffers and all hold. */
  const packets = 12_000

  test('of a pipe: every packet is judged, lines are left out and counted, and SIGTERM ends it', async () => {
    using listener = await udpListener('127.0.0.1', 5353)
    const { process: run, err } = await live([process.execPath, main, '3', '--json'])
    run.stdout?.pause()
    await pass(packets, listener)
    let out = ''
    run.stdout?.on('data', (chunk) => {
      out += chunk
    })
    run.stdout?.resume()
    // Once it reads again, lines come again, and how many are missing is told.
    await until(() => out.length > 1_000_000, 'what waited')
    await sendUdp('127.0.0.1', 5353, ['b'])
    await until(() => /(\d+) packets left out of the output/.test(err()), `the count: ${err()}`)
    run.kill('SIGTERM')
    expect(await ended(run)).toBe(0)
    await until(() => out.includes('"summary"'), 'the summary')
    const leftOut = [...err().matchAll(/(\d+) packets left out/g)].reduce((sum, [, count]) => sum + Number(count), 0)
    const shown = out.trimEnd().split('\n').slice(0, -1)
    for (const line of shown) JSON.parse(line)
    const { received } = JSON.parse(out.trimEnd().split('\n').at(-1)!).summary
    expect(shown.length + leftOut).toBe(received)
  })

  test('of a terminal: every packet is judged, and SIGTERM ends it', async (context) => {
    if (spawnSync('script', ['--version']).error) context.skip('script (util-linux) is not installed')
    using listener = await udpListener('127.0.0.1', 5353)
    const command = `echo $$ > ${folder}/pid; exec ${process.execPath} ${main} 3`
    const { process: run } = await live(['script', '-qec', command, '/dev/null'])
    run.stdout?.pause()
    await pass(3_000, listener)
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    process.kill(pid, 'SIGTERM')
    await until(() => !isBound(3), 'the queue to be closed')
    await until(() => !isAlive(pid), 'the end')
  })

  test('keeps nobody from ending', async () => {
    using listener = await udpListener('127.0.0.1', 5353)
    const { process: run } = await live([process.execPath, main, '3', '--json'])
    run.stdout?.pause()
    await pass(1_000, listener)
    run.kill('SIGTERM')
    expect(await ended(run)).toBe(0)
  })
})

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('a full disk', () => {
  test.each([
    ['stdout', '"$@" > /dev/full', /^nfqueue-test: standard output cannot be written.*ENOSPC.*$/m],
    ['--write', '"$@" -q --write /dev/full', /^nfqueue-test: \/dev\/full cannot be written any more.*ENOSPC.*$/m],
    ['--record', '"$@" -q --record /dev/full', /^nfqueue-test: \/dev\/full cannot be written any more.*ENOSPC.*$/m],
  ])('behind %s: judged on, told once, exit code 1', async (_, line, sentence) => {
    using listener = await udpListener('127.0.0.1', 5353)
    const { process: run, err } = await live(['bash', '-c', `exec ${line}`, 'bash', process.execPath, main, '3'])
    await pass(500, listener)
    run.kill('SIGTERM')
    expect(await ended(run)).toBe(1)
    expect(err()).toMatch(sentence)
    expect(err().match(/ENOSPC/g)).toHaveLength(1)
  })
})

describe('a capture that is there', () => {
  test.each(['--write', '--record'])('stays when the queue cannot be opened (%s)', async (option) => {
    const path = join(folder, 'old.pcapng')
    copyFileSync(demo, path)
    const owner = await live([process.execPath, main, '3'])
    const run = await cli(['3', option, path])
    expect([run.code, run.err]).toEqual([1, expect.stringContaining('another socket owns it')])
    expect((await cli(['9', '--conntrack', 'require', option, path])).code).toBe(1)
    expect((await cli(['9', '--rule', '-p nonsense', option, path])).code).toBe(1)
    expect(readFileSync(path).equals(readFileSync(demo))).toBe(true)
    expect(owner.process.exitCode).toBeNull()
  })

  test('a file that cannot be made is one sentence, and leaves no rule', async () => {
    const run = await cli(['9', '--rule', 'udp dport 9', '--write', join(folder, 'none/x.pcapng')])
    expect([run.code, run.out]).toEqual([1, ''])
    expect(run.err).toMatch(/^nfqueue-test: .* cannot be written \(ENOENT.*\): name another file$/m)
    expect(sh('iptables-save')).not.toContain('nfqtest')
  })
})

describe('text of others', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
  const obeyed = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/

  test('the name of an interface', async () => {
    sh(`ip link add "$(printf 'e\\033[31mX')" type veth peer name other 2>/dev/null`)
    sh(
      `ip link set "$(printf 'e\\033[31mX')" up; ip addr add 10.9.9.1/24 dev "$(printf 'e\\033[31mX')"; ip link set other up`,
    )
    rule('-I OUTPUT -p udp --dport 9 -j NFQUEUE --queue-num 3')
    const run = new Cli(['3', '--count', '1'])
    running.push(run.process)
    await until(() => isBound(3), 'the queue')
    sh('ip neigh replace 10.9.9.2 lladdr 02:00:00:00:00:09 dev "$(printf \'e\\033[31mX\')"')
    await sendUdp('10.9.9.2', 9, ['a'])
    await run.ended()
    sh(`ip link del other`)
    expect(run.out).toContain('out e\\x1b[31mX')
    expect(run.out).not.toMatch(obeyed)
  })

  test('the title of a process that owns a queue, and the comment of a rule', async () => {
    const title = join(folder, 'title.mjs')
    writeFileSync(title, 'process.title = "t\\x1b[31m"\nexport default (packet) => packet.accept()')
    rule(`-A INPUT -p tcp --dport 7 -m comment --comment "$(printf 'c\\033[2J')" -j NFQUEUE --queue-num 3`)
    await live([process.execPath, main, '3', '--handler', title])
    const [owned, doctor] = [await cli(['3']), await cli(['doctor', '3'])]
    expect(owned.err).toContain('t\\x1b[31m')
    expect(doctor.out).toContain('t\\x1b[31m')
    expect(doctor.out).toContain('c\\x1b[2J')
    expect(owned.err + doctor.out + doctor.err).not.toMatch(obeyed)
  })
})

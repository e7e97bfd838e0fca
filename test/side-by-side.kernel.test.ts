import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { freshHost, sh, shell, until } from './host.ts'

const folder = join(import.meta.dirname, '../examples/side-by-side')
/** Where `npm run setup -- --all` puts OpenSnitch, which it does not install. */
const unpacked = join(import.meta.dirname, '../.cache/opensnitch')
const banned = '127.0.0.2'
const running: ChildProcess[] = []

/** A program of the field, theirs or ours. */
function start(file: string, ...args: string[]) {
  const path = `${process.env['PATH']}:${join(unpacked, 'usr/bin')}`
  const child = spawn(file.endsWith('.mjs') ? process.execPath : 'sh', [join(folder, file), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', PATH: path },
  })
  running.push(child)
  const program = {
    said: '',
    write: (line: string) => void child.stdin.write(`${line}\n`),
    async end() {
      child.stdin.end()
      await until(() => child.exitCode !== null, `the end of ${file}: ${program.said}`)
      return child.exitCode
    },
  }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => {
      program.said += part
    })
  return program
}

/** Whether a connection to port 8080 comes about; it stays open until the test has ended. */
const reaches = (localAddress: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket: Socket = connect({ host: '127.0.0.1', port: 8080, localAddress, timeout: 500 })
    onTestFinished(() => void socket.destroy())
    socket.once('connect', () => resolve(true))
    for (const end of ['timeout', 'error']) socket.on(end, () => resolve(false))
  })

/** Resolves when connections from an address come about, or when they do not any more. */
async function settled(from: string, wanted: boolean): Promise<void> {
  for (let tries = 0; (await reaches(from)) !== wanted; tries++) if (tries > 100) throw new Error('nothing has changed')
}

const clear = () => {
  freshHost()
  sh('nft flush ruleset; conntrack -F 2>/dev/null || true')
}
beforeEach(async () => {
  clear()
  const server = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => server.listen(8080, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
})
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  clear()
})

describe.each(['bouncer.sh', 'bouncer.mjs'])('%s', (file) => {
  test('bans, lifts, and leaves nothing when its lines end', async () => {
    const bouncer = start(file)
    await until(() => sh('nft list tables').includes('bouncer'), `its table: ${bouncer.said}`)
    expect(await reaches(banned)).toBe(true)
    bouncer.write(`ban ${banned} 600`)
    await settled(banned, false)
    expect(await reaches('127.0.0.3')).toBe(true)
    bouncer.write(`lift ${banned}`)
    await settled(banned, true)
    expect(await bouncer.end()).toBe(0)
    expect(bouncer.said).toBe('')
    expect(sh('nft list tables')).toBe('')
  })
})

test('bouncer.mjs: a ban that is said again begins its time anew, on every kernel', async () => {
  const bouncer = start('bouncer.mjs')
  const set = () => sh('nft list set inet bouncer banned 2>/dev/null || true')
  await until(() => set() !== '', `its set: ${bouncer.said}`)
  bouncer.write(`ban ${banned} 120`)
  await until(() => set().includes(banned), 'the ban')
  bouncer.write(`ban ${banned} 1800`)
  await until(() => / expires (2\d|30)m/.test(set()), `the ban, anew: ${set()}`)
})

// What an earlier connection's ends still say to each other would count: each has a host of its own.
describe.each([
  ['scripts.sh', '127.0.0.5'],
  ['scripts.mjs', '127.0.0.6'],
])('%s', (file, host) => {
  test('counts what a host has open, ends it, and lets it no further', async () => {
    const other = host.replace('127.0.0', '127.0.1')
    sh('iptables -w -A INPUT -p tcp -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT')
    expect([await reaches(host), await reaches(host), await reaches(other)]).toEqual([true, true, true])
    const connections = (from: string) => sh(`conntrack -L -s ${from} 2>/dev/null | grep -c dport=8080 || true`).trim()
    expect(connections(host)).toBe('2')
    for (const said of ['8080 2\n', '']) {
      const program = start(file, host)
      expect(await program.end()).toBe(0)
      expect(program.said).toBe(said)
    }
    expect([connections(host), connections(other)]).toEqual(['0', '1'])
    expect(await reaches(host)).toBe(false)
    expect(sh('nft list chain inet banished input').match(/drop/g)).toHaveLength(1)
  })
})

test('opensnitch.sh: a program that is refused does not connect, another does', async (context) => {
  if (!['/', unpacked].some((at) => existsSync(join(at, 'usr/bin/opensnitchd'))))
    context.skip('OpenSnitch is not installed')
  const daemon = start('opensnitch.sh', sh('readlink -f /bin/bash').trim())
  await until(
    () =>
      sh('iptables-save -t mangle; nft list ruleset').includes('NFQUEUE') || sh('nft list ruleset').includes('queue'),
    `its rules: ${daemon.said}`,
  )
  const byBash = () =>
    shell("timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080' 2>/dev/null && echo reached || echo refused")
  for (let tries = 0; (await byBash()) !== 'refused\n'; tries++) if (tries > 10) throw new Error(daemon.said)
  expect(await reaches('127.0.0.1')).toBe(true)
})

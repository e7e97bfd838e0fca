import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { linktype, PcapWriter } from '@nfkit/capture'
import { FileSink } from '@nfkit/capture/file'
import { udp } from '@nfkit/ip-codec/build'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countersText } from '../src/judging/counters.ts'
import { progressText } from '../src/replay/progress.ts'
import { StatusLine } from '../src/terminal/status-line.ts'

const main = join(import.meta.dirname, '../dist/main.js')
const demo = join(import.meta.dirname, '../captures/demo.pcapng')

/** What the command line writes to a terminal, both streams together. */
function onTerminal(args: readonly string[], environment: NodeJS.ProcessEnv = {}): string | undefined {
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ')
  // Both turn colours off; a machine that tests has CI set.
  const { NO_COLOR: _, CI: __, ...inherited } = process.env
  const env = { ...inherited, TERM: 'xterm-256color', ...environment }
  const run = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env, input: '' })
  if (run.error) return undefined
  expect(run.status).toBe(0)
  return run.stdout.replaceAll('\r\n', '\n')
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-terminal-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const noTerminal = 'script (util-linux) is not installed'

test('packets are coloured and aligned on a terminal', (context) => {
  const out = onTerminal(['replay', demo, '--match', 'icmp or udp'])
  if (out === undefined) return context.skip(noTerminal)
  expect(out).toContain('\x1b[32maccept\x1b[39m')
  const plain = stripVTControlCharacters(out).split('\n')
  const places = plain.filter((line) => / #\d+ /.test(line)).map((line) => line.search(/\S+ > /))
  expect(places.length).toBeGreaterThan(4)
  expect(new Set(places).size).toBe(1)
})

test('NO_COLOR is respected', (context) => {
  const out = onTerminal(['replay', demo], { NO_COLOR: '1' })
  if (out === undefined) return context.skip(noTerminal)
  expect(out).not.toContain('\x1b')
})

test('a long replay shows how far it is, and wipes that out at the end', (context) => {
  const path = join(folder, 'long.pcap')
  const writer = new PcapWriter(new FileSink(path), { linktype: linktype.raw })
  const packet = udp('10.0.0.1:5000 > 10.0.0.2:53', { payload: 'name' })
  for (let i = 0; i < 40_000; i++) writer.record(BigInt(i) * 1_000n, packet)
  writer.close()
  const out = onTerminal(['replay', path, '-q'])
  if (out === undefined) return context.skip(noTerminal)
  const wiped = out.replaceAll('\x1b[K', '<wipe>')
  expect(wiped).toMatch(/\r\[#* *\] \d+%, record \d+<wipe>\r/)
  expect(wiped).toMatch(/\r<wipe>40000 packets; verdicts: 40000 accept\n$/)
})

test('a line that is written over is cut to the terminal, with a mark', () => {
  const written: string[] = []
  const terminal = { isTerminal: true, waiting: 0, columns: 20, write: (text: string) => written.push(text) }
  new StatusLine(terminal as never).show('300 packets, 100/s; verdicts: 290 accept')
  expect(written).toEqual(['\r300 packets, 100/s…\x1b[K'])
})

test('the lines themselves', () => {
  expect(progressText({ number: 7, offset: 25 }, 100)).toBe('[#####               ] 25%, record 7')
  expect(progressText({ number: 7, offset: 25 }, undefined)).toBe('record 7')
  const unjudged = { threw: 0, rejected: 0, forgotten: 0, deadline: 0, closing: 0, handover: 0, undecodable: 0 }
  const rest = {
    pending: 3,
    lost: 1,
    passed: 0,
    verdictErrors: 0,
    lateVerdicts: 0,
    socketDropped: 0,
    queueDropped: 0,
    unjudged,
  }
  const before = { ...rest, received: 100, verdicts: { accept: 100, drop: 0, repeat: 0, stop: 0, queue: 0 } }
  const now = { ...rest, received: 300, verdicts: { accept: 290, drop: 10, repeat: 0, stop: 0, queue: 0 } }
  expect(countersText(now, before, 2)).toBe(
    '300 packets, 100/s; verdicts: 290 accept (95/s), 10 drop (5/s); 3 pending; 1 lost on the way',
  )
  expect(countersText({ ...now, passed: 4 }, before, 2)).toMatch(/; 1 lost on the way; 4 passed unseen$/)
})

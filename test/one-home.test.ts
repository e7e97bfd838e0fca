import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

interface Home {
  readonly of: string
  /** How it looks where somebody writes it a second time. */
  readonly pattern: RegExp
  /** Lines the pattern finds. */
  readonly examples: readonly string[]
  /** Files that mean something else by it, and what. */
  readonly except?: { readonly [file: string]: string }
}

/** What `@nfkit/inet` does for all. */
const homes: readonly Home[] = [
  {
    of: 'addresses',
    pattern: /\[\\d\.\]|\\d\{1,3\}\\?\.|split\('\.'\)\.map\(Number|padStart\(2, '0'\)\)\.join\(':'\)|\bisIPv?[46]?\(/,
    examples: [
      'const [, six, four] = /^(?:\\[(.*)\\]|([\\d.]+))$/.exec(text)',
      "const bytes = text.split('.').map(Number)",
      "[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':')",
      'if (isIPv4(text)) return',
    ],
    except: { 'packages/netlink-codec/src/print/offending.ts': 'versions of kernels, which have dots, too' },
  },
  {
    of: 'networks',
    pattern:
      /0xff00 >>|0xffff_ffff <<|\] = [^=\n]*[pP]refix[^=\n]*\.split\('\/'\)|\[[^\]=]*\baddress\b[^\]]*\] = [^\n]*\.split\('\/'\)/,
    examples: [
      'return ((a[whole] ^ b[whole]) & (0xff00 >> rest)) === 0',
      'const mask = (0xffff_ffff << (32 - prefix)) >>> 0',
      "const [text, length] = prefix.split('/')",
      "const [address = '', length, ...rest] = text.split('/')",
    ],
  },
  {
    of: 'ends, as 10.0.0.1:4000',
    pattern: /\(\?::\((\?<\w+>)?\\d|:\]\+\):\(?\\d|\]:\$\{/,
    examples: [
      'const [, address, port] = /^\\[([^\\]]+)\\](?::(\\d+))?$/.exec(text)',
      'const [, address, port] = /^([^:]+):(\\d+)$/.exec(text)',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
      '`[${address}]:${port}`',
    ],
    except: {
      'apps/nfqueue-test/src/doctor/rules.ts': 'queues from … to, as iptables writes them',
      'packages/streams/src/http/host.ts': 'names of hosts, too',
      'test/behaviour/scenarios/sctp.ts': 'chunks and their values, as the scenarios write them',
    },
  },
  {
    of: 'protocols with ports',
    pattern: /ipProtocol\.tcp\b[^;{}:'\d]*\bipProtocol\.(dccp|udplite)\b/,
    examples: ['const ported = [ipProtocol.tcp, ipProtocol.udp, ipProtocol.dccp]'],
    except: { 'packages/simulator/src/conntrack/track/progress.ts': 'which protocol is followed how' },
  },
  {
    of: 'names of protocols',
    pattern: /Object\.(entries|keys)\((ipP|p)rotocols?\)\s*\.?(find|map)/,
    examples: ['new Map(Object.entries(ipProtocol).map(([name, number]) => [number, name]))'],
  },
  {
    of: 'answers of ICMP',
    pattern: /\[8, 0\]|\[128, 129\]|'8\/0': '0\/0'/,
    examples: ['const icmpAnswers = pairs([8, 0], [13, 14])'],
  },
  {
    of: 'tuples as text',
    pattern: /[sS]ource[^`\n]*\} > \$\{[^`\n]*[dD]estination(\.address)?\}?:/,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    examples: ['`${source.address}:${source.port} > ${destination.address}:${destination.port}`'],
  },
  {
    of: 'values under a mask',
    pattern: /& ~\w*[mM]ask\w*\)[^\n]*[|^]/,
    examples: ['queue.flags = ((queue.flags & ~mask) | (flags & mask)) >>> 0', 'return (old & ~mask) | value'],
    except: {
      'packages/netlink-codec/src/flow/mark.ts': 'says what the kernel computes',
      'packages/simulator/src/conntrack/ctnetlink/entry/update.ts': 'the kernel does not mask the new value',
      'packages/simulator/src/nftables/evaluate/extension/target.ts': 'the kernel does not mask the new value',
      'test/behaviour/statements.ts': 'a sentence about the kernel',
    },
  },
]

const list = ['ls-files', '-co', '--exclude-standard', '--', '*.ts', '*.mjs']
const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /^(packages|apps|bench|attack|differ|soak|stress|examples|test|tools)\//.test(file))
  .filter((file) => !file.startsWith('packages/inet/') && !import.meta.filename.endsWith(file))
const sources = files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

describe.each(homes)('$of have one home', ({ pattern, examples, except = {} }) => {
  test.each(examples)('the pattern finds: %s', (example) => {
    expect(example).toMatch(pattern)
  })

  test('which is @nfkit/inet', () => {
    expect(sources.length).toBeGreaterThan(500)
    const second = sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file)
    expect(second).toEqual(Object.keys(except))
  })
})

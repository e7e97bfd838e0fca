import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as builders from '../src/build/index.ts'
import * as main from '../src/index.ts'

const source = new URL('../src', import.meta.url).pathname
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

test('the public surface is this list', () => {
  expect(Object.keys(main).sort()).toEqual([
    'RewriteError',
    'checkRewrite',
    'crc32c',
    'fillChecksums',
    'flagNames',
    'icmpType',
    'internetChecksum',
    'ipProblem',
    'ipProblems',
    'maxRewritten',
    'parseIp',
    'parseIpWithin',
    'rewrite',
    'rewriteReasons',
    'storeTransportChecksum',
    'tcpFlag',
    'tupleOf',
    'updateChecksum',
    'withFlags',
  ])
  expect(Object.keys(builders).sort()).toEqual([
    'BuildError',
    'authentication',
    'destinationOptions',
    'fragments',
    'hopByHop',
    'icmp',
    'icmpEcho',
    'icmpTimeExceeded',
    'icmpUnreachable',
    'ipPacket',
    'packet',
    'parseEndpoints',
    'replyTo',
    'routing',
    'sctp',
    'tcp',
    'udp',
  ])
})

test('the sources import nothing but each other and inet, and run in a browser', () => {
  for (const name of files) {
    const text = readFileSync(join(source, name), 'utf8')
    for (const [, from] of text.matchAll(/^(?:import|export) .*from '([^']+)'/gm))
      expect({ name, from }).toEqual({ name, from: expect.stringMatching(/^\.\.?\/|^@nfkit\/inet/) })
    expect({ name, found: /\b(Buffer|process|require|globalThis)\b/.exec(text) }).toEqual({ name, found: null })
  }
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, sh } from '../../../test/host.ts'
import { main } from './cli.ts'

/** What the tool takes, and what it does not: two names of a label, two labels of a name, signs that are no part of names. */
const names =
  '0 eth0-in\n3 three\n5 five\n5 second\n6 three\n7 two words\n0x10 hex\n010 octal\n22 30\n9 a,b\n128 over\n'

const work = mkdtempSync(join(tmpdir(), 'nfkit-labels-'))
afterAll(() => rmSync(work, { recursive: true }))

/** A program on a machine that has these names in /etc/xtables/connlabel.conf. */
function named(...program: readonly string[]) {
  const script = `
    mount -t tmpfs tmpfs ${work} && mkdir ${work}/upper ${work}/work
    mount -t overlay overlay -o lowerdir=/etc,upperdir=${work}/upper,workdir=${work}/work /etc
    mkdir -p /etc/xtables; printf "$0" > /etc/xtables/connlabel.conf
    exec "$@"`
  return spawnSync('unshare', ['-m', 'sh', '-c', script, names, ...program], { encoding: 'utf8' })
}
const tool = (...words: readonly string[]) => named('conntrack', ...words)
const ours = (...words: readonly string[]) => named(process.execPath, main, 'flows', ...words)

/** Timeouts count down between two looks. */
const settled = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.trimEnd().replace(/^(\S+ +\d+) \d+/, '$1 T'))
    .sort()

const entry = (port: number) =>
  ['-p', 'udp', '-s', '10.0.0.1', '-d', '10.0.0.2', '--sport', `${port}`, '--dport', '53'] as const

beforeEach(() => {
  freshHost()
  // Entries have room for labels while a rule is about them.
  sh('iptables -A OUTPUT -m connlabel --label 5 && conntrack -F 2>/dev/null')
})

describe('label names', () => {
  test.each([
    ['eth0-in', true],
    ['three', true],
    ['second', false],
    ['two words', true],
    ['hex', true],
    ['octal', true],
    ['30', true],
    ['three,five', true],
    ['three, five', false],
    ['three,', false],
    ['a', false],
    ['nothing', false],
    ['', false],
  ])('“%s” is taken or refused as conntrack does: %s', (name, taken) => {
    expect(tool('-L', '-l', name).status === 0).toBe(taken)
    expect(ours('-l', name).status === 0).toBe(taken)
  })

  test('labels of entries that conntrack makes are listed as it does, and chosen', () => {
    const labelled = ['three', 'three,five', 'two words', 'hex,octal,30', 'eth0-in']
    for (const [at, label] of labelled.entries())
      expect(tool('-I', ...entry(1000 + at), '-t', '600', '--label-add', label).status).toBe(0)
    expect(tool('-I', ...entry(2000), '-t', '600').status).toBe(0)
    for (const [condition, count] of [
      [[], 6],
      [['-l', 'three'], 2],
      [['-l', 'three,five'], 1],
      [['-l', 'three', '-l', 'five'], 1],
      [['-l', 'two words'], 1],
      [['-l', '30'], 1],
      [['-l', 'five,hex'], 0],
    ] as const) {
      const theirs = settled(tool('-L', '-o', 'labels', ...condition).stdout)
      expect(theirs).toHaveLength(count)
      expect(settled(ours('-o', 'labels', ...condition).stdout)).toEqual(theirs)
    }
  })

  test('labels that are set and cleared by name are those that conntrack lists', () => {
    const ends = ['udp', '10.0.0.1:1000', '10.0.0.2:53']
    const label = () => /labels=(.*?) *$/m.exec(tool('-L', '-o', 'labels').stdout)?.[1]
    expect(ours('create', ...ends, '-t', '600', '-l', 'three,two words')).toMatchObject({ status: 0, stderr: '' })
    expect(label()).toBe('three,two words')
    const update = (...words: string[]) => ours('update', '--dport', '53', ...words)
    expect(update('--add-label', 'five', '--del-label', 'two words')).toMatchObject({ status: 0, stderr: '' })
    expect(label()).toBe('three,five')
    expect(update('--del-label', 'three')).toMatchObject({ status: 0, stderr: '' })
    expect(label()).toBe('five')
  })
})

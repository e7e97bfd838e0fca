import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Packages whose folders are wings, and circles of imports in them that are meant, as a file each and why. */
const packages: { readonly [name: string]: { readonly [file: string]: string } } = {
  'packages/capture': {},
  'packages/nftables': {},
  'packages/streams': {},
  'packages/sockets': {},
  'packages/nflog': {},
  'packages/fleet': {},
  'packages/handover': {},
  'packages/firewall': {},
  'packages/conntrack': {},
  'packages/inet': {},
  'packages/ip-codec': {},
  'packages/mnl-native': {},
  'packages/netlink-codec': {
    'flow/flow.ts': 'a class and its printers',
    'flow/json.ts': 'a class and its printers',
    'flow/line.ts': 'a class and its printers',
  },
  'packages/netlink-transport': {},
  'packages/nfqueue': { 'packet/packet.ts': 'a class and its printer', 'packet/json.ts': 'a class and its printer' },
  'packages/simulator': {
    'nftables/state/table.ts': 'a table, and what is in it knows it',
    'nftables/state/chain.ts': 'a table, and what is in it knows it',
    'nftables/state/set.ts': 'a table, and what is in it knows it',
  },
  'apps/nfqueue-test': {},
  'apps/playground': {},
  'apps/site': {},
}

/** Folders of like things, one a file, of which there may be more. */
const lists: readonly string[] = ['apps/nfqueue-test/commands']

/** Files by path below `src`, and the files each imports: types, too. */
function graphOf(folder: string): Map<string, string[]> {
  const src = join(root, folder, 'src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const importsOf = (file: string) =>
    Array.from(
      readFileSync(join(src, file), 'utf8').matchAll(/^(?:import|export) (?:[^'"`=()]*? from )?'(\.[^']+)'/gm),
      ([, from]) => relative(src, join(src, dirname(file), from!)),
    )
  return new Map(files.map((file) => [file, importsOf(file).filter((target) => files.includes(target))]))
}

/** The folders two files are in, below the one both are in; `undefined` when one of them is in that folder itself. */
function wingsOf(from: string, to: string): readonly [string, string] | undefined {
  const [a, b] = [from.split('/'), to.split('/')]
  const common = a.findIndex((part, i) => part !== b[i])
  if (common === a.length - 1 || common === b.length - 1) return undefined
  return [a.slice(0, common + 1).join('/'), b.slice(0, common + 1).join('/')]
}

/** What can be reached from a file by its imports. */
function reached(graph: ReadonlyMap<string, readonly string[]>, from: string): Set<string> {
  const seen = new Set<string>()
  const walk = (file: string) => {
    for (const target of graph.get(file)!) {
      if (seen.has(target)) continue
      seen.add(target)
      walk(target)
    }
  }
  walk(from)
  return seen
}

describe.each(Object.entries(packages))('%s', (folder, meant) => {
  const graph = graphOf(folder)
  const files = [...graph.keys()]

  test('has folders of 2 to 12 files', () => {
    const counts = new Map<string, string[]>()
    for (const file of files) counts.set(dirname(file), [...(counts.get(dirname(file)) ?? []), file])
    for (const [name, list] of counts) {
      if (!lists.includes(`${folder}/${name}`)) expect(list.length, `${name}: ${list}`).toBeLessThanOrEqual(12)
      if (name !== '.') expect(list.length, `${name}: ${list}`).toBeGreaterThanOrEqual(2)
    }
  })

  test('has no two files whose names differ by an s', () => {
    const names = files.map((file) => file.slice(file.lastIndexOf('/') + 1, -'.ts'.length))
    expect(names.filter((name) => names.includes(`${name}s`))).toEqual([])
  })

  test('has no two wings that import each other', () => {
    const arrows = new Map<string, string>()
    for (const [from, targets] of graph) {
      for (const to of targets) {
        const wings = wingsOf(from, to)
        if (wings) arrows.set(wings.join(' → '), `${from} imports ${to}`)
      }
    }
    const back = (arrow: string) => arrow.split(' → ').reverse().join(' → ')
    expect([...arrows].filter(([arrow]) => arrows.has(back(arrow))).map(([, example]) => example)).toEqual([])
  })

  test('has no import that runs in a circle', () => {
    const circular = files.filter((file) => meant[file] === undefined && reached(graph, file).has(file))
    expect(circular).toEqual([])
  })
})

test('docs/architecture.md names every wing', () => {
  const [, table = ''] = /## Wings\n(.*?)\n## /s.exec(readFileSync(join(root, 'docs/architecture.md'), 'utf8')) ?? []
  for (const folder of Object.keys(packages).filter((name) => name.startsWith('packages/'))) {
    const entries = readdirSync(join(root, folder, 'src'), { withFileTypes: true })
    const wings = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    const row = table.split('\n').find((line) => line.startsWith(`| \`${folder.slice('packages/'.length)}\` |`))
    const named = Array.from(row?.replace(/\(.*?\)/g, '').matchAll(/`([^`]+)`/g) ?? [], ([, name]) => name).slice(1)
    // A package without folders has no row.
    expect(named.toSorted(), folder).toEqual(wings.toSorted())
  }
})

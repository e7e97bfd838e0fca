import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Who may import whom in `src`: the arrows of docs/architecture.md. */
const mayImport: { readonly [name: string]: readonly string[] } = {
  'packages/inet': [],
  'packages/netlink-codec': ['inet'],
  'packages/ip-codec': ['inet'],
  'packages/netlink-transport': ['netlink-codec'],
  'packages/mnl-native': ['netlink-transport', 'netlink-codec'],
  'packages/nfqueue': ['inet', 'netlink-codec', 'netlink-transport', 'ip-codec'],
  'packages/conntrack': ['inet', 'netlink-codec', 'netlink-transport'],
  'packages/simulator': ['inet', 'netlink-codec', 'netlink-transport', 'ip-codec', 'nftables'],
  'packages/capture': ['inet', 'netlink-codec', 'netlink-transport', 'ip-codec'],
  'packages/nftables': ['inet', 'netlink-codec', 'netlink-transport'],
  'packages/streams': ['inet', 'ip-codec'],
  'packages/sockets': ['inet', 'netlink-codec', 'netlink-transport'],
  'packages/handover': ['netlink-transport', 'nfqueue'],
  'packages/fleet': ['inet', 'netlink-transport'],
  'packages/nflog': ['inet', 'ip-codec', 'netlink-codec', 'netlink-transport'],
  'packages/firewall': [
    'inet',
    'ip-codec',
    'netlink-codec',
    'netlink-transport',
    'nfqueue',
    'conntrack',
    'nftables',
    'sockets',
    'streams',
  ],
  'apps/nfqueue-test': [
    'inet',
    'netlink-codec',
    'netlink-transport',
    'ip-codec',
    'mnl-native',
    'nfqueue',
    'conntrack',
    'simulator',
    'capture',
    'nftables',
    'streams',
    'sockets',
    'nflog',
    'firewall',
  ],
  'apps/playground': ['inet', 'netlink-codec', 'ip-codec', 'nfqueue', 'simulator', 'capture', 'nftables'],
  'apps/site': [],
}

/** Packages without any dependency. */
const independent = ['packages/inet']

/** Packages that run in a browser: nothing of Node in them, but in the folders and files named. */
const pure: { readonly [name: string]: readonly string[] } = {
  'packages/inet': [],
  'packages/netlink-codec': [],
  'packages/ip-codec': [],
  'packages/netlink-transport': ['compliance'],
  'packages/simulator': [],
  'packages/nfqueue': ['platform', 'pool'],
  'packages/capture': ['file', 'preload'],
  'packages/nftables': [],
  'packages/streams': [],
  'packages/nflog': [],
  'packages/sockets': ['linux'],
}

const sourcesOf = (folder: string) =>
  readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(root, folder, 'src', path))

const importPattern = /^(?:import|export) (type )?(?:[^'"`=()]*? from )?'([^']+)'|\bimport\('([^']+)'\)/gm

const importsOf = (file: string) =>
  Array.from(readFileSync(file, 'utf8').matchAll(importPattern), (match) => (match[2] ?? match[3])!)

/** Packages that are loaded with a file: types are not, nor is what a function imports when it is called. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(file)) return packages
  seen.add(file)
  for (const [, type, from] of readFileSync(file, 'utf8').matchAll(importPattern)) {
    if (type || from === undefined) continue
    if (from.startsWith('.')) for (const name of loadedWith(join(file, '..', from), seen)) packages.add(name)
    else packages.add(from)
  }
  return packages
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))

test('every workspace has its rule', () => {
  const folders = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  )
  expect(folders.sort()).toEqual(Object.keys(mayImport).sort())
})

describe.each(Object.entries(mayImport))('%s', (folder, allowed) => {
  const manifest = manifestOf(folder)
  // What is never installed from a registry has no dependencies but those it is built with.
  const built = manifest.private ? manifest.devDependencies : {}
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...built })

  test('imports only what it may, and what its manifest declares', () => {
    const files = sourcesOf(folder)
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      for (const from of importsOf(file)) {
        if (/^(?:\.|node:|virtual:)/.test(from)) continue
        const name = from.startsWith('@') ? from.split('/').slice(0, 2).join('/') : from.split('/')[0]!
        expect(declared, `${file} imports ${from}`).toContain(name)
        if (name.startsWith('@nfkit/'))
          expect(allowed, `${file} imports ${from}`).toContain(name.slice('@nfkit/'.length))
      }
    }
  })

  test('declares no dependency of ours it may not import', () => {
    const ours = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@nfkit/'))
    expect(allowed.map((name) => `@nfkit/${name}`)).toEqual(expect.arrayContaining(ours))
  })

  test('reaches into no other package', () => {
    for (const file of sourcesOf(folder)) {
      for (const from of importsOf(file).filter((path) => path.startsWith('.'))) {
        expect(join(file, '..', from), file).toContain(join(root, folder, 'src'))
      }
    }
  })

  test('has the common version, licence and engine', () => {
    expect(manifest).toMatchObject({ version: manifestOf('packages/netlink-codec').version, license: 'MIT' })
    expect(manifest.engines.node).toBe('>=20.19')
  })
})

test.each(independent)('%s has no dependency', (folder) => {
  expect(manifestOf(folder).dependencies ?? {}).toEqual({})
})

describe.each(Object.entries(pure))('%s is pure', (folder, except) => {
  test('no node: import, no Buffer, no process', () => {
    const isIn = (file: string, name: string) =>
      ['/', '.ts'].some((end) => file.startsWith(`${join(root, folder, 'src', name)}${end}`))
    const isExcepted = (file: string) => except.some((name) => isIn(file, name))
    for (const file of sourcesOf(folder).filter((file) => !isExcepted(file))) {
      expect(
        importsOf(file).filter((from) => from.startsWith('node:')),
        file,
      ).toEqual([])
      const code = readFileSync(file, 'utf8').replace(/^ *\/?\*.*$/gm, '')
      expect(code, file).not.toMatch(/\b(Buffer|process)\.\w/)
    }
  })
})

test('the simulator evaluates rules without the library that makes them: a fault is not in both', () => {
  const users = sourcesOf('packages/simulator').filter((file) => importsOf(file).includes('@nfkit/nftables'))
  expect(users.length).toBeGreaterThan(0)
  for (const file of users) expect(file).toContain(join(root, 'packages/simulator/src/nft/'))
})

test('the command line starts without what its commands need', () => {
  const loaded = (file: string) => [...loadedWith(join(root, 'apps/nfqueue-test/src', file))]
  expect(loaded('main.ts')).toContain('commander')
  for (const needed of ['@nfkit/capture', '@nfkit/nfqueue', '@nfkit/mnl-native', '@nfkit/simulator'])
    expect(loaded('main.ts')).not.toContain(needed)
  expect(loaded('commands/replay.ts')).toContain('@nfkit/capture')
  expect(loaded('commands/replay.ts')).not.toContain('@nfkit/simulator')
  expect(loaded('replay/packets.ts')).toContain('@nfkit/simulator')
})

test('a simulated kernel starts without the language of nft', () => {
  const loaded = (file: string) => [...loadedWith(join(root, 'packages/simulator/src', file))]
  expect(loaded('index.ts')).toContain('@nfkit/netlink-codec')
  expect(loaded('index.ts')).not.toContain('@nfkit/nftables')
  expect(loaded('nft/load.ts')).toContain('@nfkit/nftables')
})

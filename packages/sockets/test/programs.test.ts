import { describe, expect, test } from 'vitest'
import { cgroupName, type Files, Programs, type SocketInfo, socketHolders } from '../src/index.ts'

const id = 'a'.repeat(64)

test.each([
  ['/', undefined, undefined],
  ['/system.slice/nginx.service', 'nginx.service', undefined],
  ['/user.slice/user-1000.slice/user@1000.service/app.slice/firefox.scope', 'firefox.scope', undefined],
  [`/system.slice/docker-${id}.scope`, `docker-${id}.scope`, id],
  [`/docker/${id}`, undefined, id],
  [`/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`, `cri-containerd-${id}.scope`, id],
  [`/machine.slice/libpod-${id}.scope/container`, `libpod-${id}.scope`, id],
  ['/lxc.payload.web', undefined, 'web'],
  ['/made/by/hand', undefined, undefined],
])('%s', (path, unit, container) => {
  expect(cgroupName(path)).toEqual({ unit, container })
})

/** A file system of text and links. */
class Tree implements Files {
  readonly files: Record<string, string> = { '/proc/mounts': 'cgroup2 /sys/fs/cg\\040two cgroup2 rw 0 0\n' }
  readonly links: Record<string, string> = {}
  readonly inodes: Record<string, bigint> = { '/sys/fs/cg two': 1n }
  readonly owners: Record<string, number> = {}
  walks = 0

  directories(path: string) {
    if (path === '/sys/fs/cg two') this.walks++
    return this.#below([...Object.keys(this.inodes), ...Object.keys(this.owners)], path)
  }
  list(path: string) {
    return this.#below(Object.keys(this.links), path)
  }
  stat(path: string) {
    const inode = this.inodes[path]
    const uid = this.owners[path]
    return inode === undefined && uid === undefined ? undefined : { inode: inode ?? 0n, uid: uid ?? 0 }
  }
  read(path: string) {
    return this.files[path]
  }
  link(path: string) {
    return this.links[path]
  }
  #below(all: string[], path: string) {
    const names = all
      .filter((one) => one.startsWith(`${path}/`))
      .map((one) => one.slice(path.length + 1).split('/')[0]!)
    return [...new Set(names)]
  }
}

const socketOf = (more: Partial<SocketInfo>) => more as SocketInfo

describe('cgroups', () => {
  test('are found by inode, and a new one has the tree read again, but not at once', () => {
    const tree = new Tree()
    tree.inodes['/sys/fs/cg two/system.slice'] = 2n
    tree.inodes['/sys/fs/cg two/system.slice/nginx.service'] = 3n
    let now = 0
    const programs = new Programs(tree, { restMilliseconds: 10, now: () => now })
    expect(programs.of(socketOf({ cgroupId: 3n }))).toEqual({
      cgroup: '/system.slice/nginx.service',
      unit: 'nginx.service',
      container: undefined,
    })
    expect(programs.of(socketOf({ cgroupId: 1n })).cgroup).toBe('/')
    tree.inodes['/sys/fs/cg two/system.slice/new.service'] = 4n
    expect(programs.of(socketOf({ cgroupId: 4n })).unit).toBeUndefined()
    for (let i = 0n; i < 100n; i++) programs.of(socketOf({ cgroupId: 1_000n + i }))
    expect(tree.walks).toBe(1)
    now = 10
    expect(programs.of(socketOf({ cgroupId: 4n })).unit).toBe('new.service')
    expect(tree.walks).toBe(2)
  })

  test('one that is gone, and whose inode another has, is not believed', () => {
    const tree = new Tree()
    tree.inodes['/sys/fs/cg two/a.service'] = 2n
    let now = 0
    const programs = new Programs(tree, { now: () => now })
    expect(programs.of(socketOf({ cgroupId: 2n })).unit).toBe('a.service')
    delete tree.inodes['/sys/fs/cg two/a.service']
    tree.inodes['/sys/fs/cg two/b.service'] = 2n
    expect(programs.of(socketOf({ cgroupId: 2n })).unit).toBeUndefined()
    now = 10
    expect(programs.of(socketOf({ cgroupId: 2n })).unit).toBe('b.service')
  })

  test('without cgroup2, and of a socket whose cgroup is not told, nothing is known', () => {
    const tree = new Tree()
    tree.files['/proc/mounts'] = 'proc /proc proc rw 0 0\n'
    const programs = new Programs(tree)
    expect(programs.of(socketOf({ cgroupId: 1n })).cgroup).toBeUndefined()
    expect(programs.of(socketOf({ cgroupId: undefined })).cgroup).toBeUndefined()
  })
})

describe('processes', () => {
  function running() {
    const tree = new Tree()
    tree.inodes['/sys/fs/cg two/web.service'] = 2n
    tree.files['/sys/fs/cg two/web.service/cgroup.procs'] = '10\n11\n'
    tree.links['/proc/10/fd/3'] = 'socket:[500]'
    tree.links['/proc/10/fd/4'] = '/dev/null'
    tree.links['/proc/11/fd/7'] = 'socket:[500]'
    tree.links['/proc/11/fd/8'] = 'socket:[501]'
    tree.links['/proc/99/fd/3'] = 'socket:[900]'
    tree.owners['/proc/99'] = 1000
    tree.owners['/proc/10'] = 33
    return { tree, programs: new Programs(tree) }
  }

  test('all that have the socket open are told', () => {
    const { programs } = running()
    expect(programs.processes(socketOf({ cgroupId: 2n, inode: 500 }))).toEqual([10, 11])
    expect(programs.processes(socketOf({ cgroupId: 2n, inode: 501 }))).toEqual([11])
    expect(programs.processes(socketOf({ cgroupId: 2n, inode: 502 }))).toEqual([])
    expect(programs.processes(socketOf({ cgroupId: 2n, inode: undefined }))).toEqual([])
  })

  test('without a cgroup those of the user are looked through, and no others', () => {
    const of = (uid: number) => running().programs.processes(socketOf({ uid, inode: 900 }))
    expect(of(1000)).toEqual([99])
    expect(of(33)).toEqual([])
  })

  test('a socket that was closed, and one that is new, are seen', () => {
    const { tree, programs } = running()
    programs.processes(socketOf({ cgroupId: 2n, inode: 500 }))
    delete tree.links['/proc/10/fd/3']
    expect(programs.processes(socketOf({ cgroupId: 2n, inode: 500 }))).toEqual([11])
    tree.links['/proc/10/fd/5'] = 'socket:[600]'
    expect(programs.processes(socketOf({ cgroupId: 2n, inode: 600 }))).toEqual([10])
    tree.links['/proc/10/fd/5'] = 'socket:[601]'
    expect(programs.processes(socketOf({ cgroupId: 2n, inode: 600 }))).toEqual([])
  })
})

test('who has sockets open, of whatever protocol: all processes, each once, with name and unit', () => {
  const tree = new Tree()
  for (const pid of ['7', '81', '9']) tree.owners[`/proc/${pid}`] = 0
  tree.owners['/proc/self'] = 0
  tree.links['/proc/7/fd/3'] = 'socket:[48211]'
  tree.links['/proc/7/fd/4'] = 'socket:[48211]'
  tree.links['/proc/81/fd/0'] = 'socket:[48211]'
  tree.links['/proc/9/fd/0'] = 'socket:[4821]'
  tree.links['/proc/self/fd/3'] = 'socket:[48211]'
  tree.files['/proc/7/comm'] = 'ulogd\n'
  tree.files['/proc/7/cgroup'] = '1:cpu:/x.service\n0::/system.slice/ulogd.service\n'
  expect([...socketHolders(tree, [48_211, 5])]).toEqual([
    [
      48_211,
      [
        { pid: 7, name: 'ulogd', unit: 'ulogd.service', container: undefined },
        { pid: 81, name: '', unit: undefined, container: undefined },
      ],
    ],
  ])
})

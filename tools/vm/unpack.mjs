/** From Debian's kernel packages to what a quick boot needs. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { run } from './archive.mjs'

const init = new URL('./init', import.meta.url)

/** Parts of the kernel's modules a guest can use: the network, the host's files, their libraries. */
const useful = [
  'net',
  'drivers/net',
  'drivers/virtio',
  'drivers/char',
  'fs/9p',
  'fs/netfs',
  'fs/fscache',
  'fs/overlayfs',
  'lib',
  'crypto',
  'arch/x86/crypto',
]

/** Modules the guest needs before it can see the host's files. */
const bootModules = ['virtio_pci', '9p', '9pnet_virtio', 'overlay', 'virtio_console', 'virtio_rng']

/** Unpack the packages' useful parts into `tree`; returns the kernel's release. */
export function unpack(packages, tree) {
  mkdirSync(tree, { recursive: true })
  for (const file of packages) {
    const wanted = useful.map((part) => `./*lib/modules/*/kernel/${part}/*`)
    const unpacking = `dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --wildcards --no-anchored './boot/vmlinuz-*' './usr/lib/modules/*/vmlinuz' './*lib/modules/*/modules.*' "\${@:3}" 2>/dev/null; true`
    run('bash', ['-c', unpacking, 'unpack', file, tree, ...wanted])
  }
  // Newer packages have their modules below /usr.
  const found = run('find', [tree, '-type', 'd', '-path', '*lib/modules/*', '-name', 'kernel', '-prune']).trim()
  if (found === '') throw new Error('the kernel packages hold no modules')
  const home = join(found.split('\n')[0], '..')
  const release = basename(home)
  if (home !== join(tree, 'lib/modules', release)) {
    mkdirSync(join(tree, 'lib/modules'), { recursive: true })
    run('mv', [home, join(tree, 'lib/modules', release)])
  }
  run('depmod', ['-b', tree, release])
  return release
}

/** The kernel inside a bzImage (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length). */
export function uncompressed(image) {
  const file = readFileSync(image)
  const start = ((file[0x1f1] || 4) + 1) * 512 + file.readUInt32LE(0x248)
  const payload = file.subarray(start, start + file.readUInt32LE(0x24c))
  // All but gzip have the size of the result appended.
  const bare = payload.subarray(0, payload.length - 4)
  const magic = payload.subarray(0, 4).toString('hex')
  const filter = (command, args) =>
    run(command, args, { input: bare, encoding: 'buffer', stdio: 'pipe', maxBuffer: 1 << 29 })
  const result = magic.startsWith('1f8b')
    ? gunzipSync(payload)
    : magic === 'fd377a58'
      ? filter('xz', ['-dc', '--single-stream'])
      : magic === '28b52ffd'
        ? filter('zstd', ['-dcq'])
        : magic === '02214c18'
          ? filter('lz4', ['-dcq'])
          : undefined
  if (result?.subarray(0, 4).toString('latin1') !== '\x7fELF') throw new Error(`${image}: unknown compression ${magic}`)
  return result
}

/** A cpio archive of busybox, the guest's init and the modules it mounts the host's files with. */
export function initramfs(tree, release, root) {
  for (const part of ['bin', 'mod', 'dev', 'proc', 'sys', 'new']) mkdirSync(join(root, part), { recursive: true })
  copyFileSync(run('sh', ['-c', 'command -v busybox']).trim(), join(root, 'bin/busybox'))
  symlinkSync('busybox', join(root, 'bin/sh'))
  copyFileSync(init, join(root, 'init'))
  chmodSync(join(root, 'init'), 0o755)
  const needed = bootModules.flatMap((name) => insertions(tree, release, name))
  for (const [i, file] of [...new Set(needed)].entries()) {
    const plain = `${100 + i}-${basename(file).replace(/\.(xz|zst|gz)$/, '')}`
    writeFileSync(join(root, 'mod', plain), plainModule(file))
  }
  return run('sh', ['-c', 'find . | LC_ALL=C sort | cpio -o -H newc --quiet'], { cwd: root, encoding: 'buffer' })
}

function insertions(tree, release, name) {
  const shown = run('sh', [
    '-c',
    'modprobe -d "$1" -S "$2" --show-depends "$3" 2>/dev/null || true',
    'show',
    tree,
    release,
    name,
  ])
  return [...shown.matchAll(/^insmod (\S+)/gm)].map(([, file]) => file)
}

function plainModule(file) {
  const open = { xz: 'xz', zst: 'zstd', gz: 'gzip' }[file.split('.').at(-1)]
  return open === undefined ? readFileSync(file) : run(open, ['-dcq', file], { encoding: 'buffer' })
}

/** Where the packages put the kernel's image. */
export function imageIn(tree, release) {
  const boot = join(tree, 'boot')
  const name = `vmlinuz-${release}`
  try {
    if (readdirSync(boot).includes(name)) return join(boot, name)
  } catch {
    // No /boot at all: the image lies among the modules.
  }
  return join(tree, 'lib/modules', release, 'vmlinuz')
}

/** The stock Debian kernels the project is tested on, and where their files are kept. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'

/** The suites of Debian each comes from; of several the newest kernel wins. A series is named, never a version. */
export const kernels = {
  6.1: ['bookworm'],
  6.12: ['trixie'],
  newest: ['trixie-backports', 'forky', 'sid'],
}

/** `6.1`, `6.12`, `newest`. */
export const kernelNames = ['6.1', '6.12', 'newest']

/** Everything downloaded and built: outside the repository, safe to delete. */
export const cache = env.NFKIT_VM_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'nfkit-vm')

/** Files of one prepared kernel. */
export function files(name) {
  const home = join(cache, name)
  return {
    home,
    /** The kernel, uncompressed: an emulated processor would take seconds to do it. */
    vmlinux: join(home, 'vmlinux'),
    initramfs: join(home, 'initramfs.cpio'),
    /** Holds lib/modules/RELEASE. */
    tree: join(home, 'tree'),
    /** `uname -r`, and a line that says what it was made from. Written last: where it is, all else is complete. */
    release: join(home, 'release'),
  }
}

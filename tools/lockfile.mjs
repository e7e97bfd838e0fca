// Make package-lock.json complete and neutral; run it after `npm install`.
//
// npm writes lock entries only for the optional platform binaries it could look up, and `npm ci` then refuses the file for the
// rest. Each missing one gets an entry with its name, version and platform, so that it is known and skipped. Addresses are
// dropped: the client's configured registry decides where packages come from. So are the programs of packages under another name,
// further Nodes and TypeScripts for tests: `node` and `tsc` stay what they are.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const platforms = [
  ['os', /\b(android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|aix|win32|windows)\b/],
  ['cpu', /\b(arm64|x64|ia32|arm|loong64|ppc64|riscv64|s390x|mips64el|wasm32)\b|-(64)\b/],
]

for (const [path, entry] of Object.entries(lock.packages)) {
  if (entry.resolved?.includes('://')) delete entry.resolved
  if (entry.name && path.startsWith('node_modules/')) delete entry.bin
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const missing = { version, optional: true, dev: true }
    for (const [key, pattern] of platforms) {
      const found = pattern.exec(name)
      if (found) missing[key] = [(found[1] ?? 'x64').replace('windows', 'win32')]
    }
    if (missing.os) lock.packages[`node_modules/${name}`] ??= missing
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)

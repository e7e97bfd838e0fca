/** Print what installing the package costs: `npm run size`, after a build. */
import { execFileSync } from 'node:child_process'

const [{ size, unpackedSize, entryCount }] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--silent'], { encoding: 'utf8' }),
)
console.log(`packed ${size} bytes, unpacked ${unpackedSize} bytes, ${entryCount} files`)

import { basename, relative, sep } from 'node:path'

/** How this program was started, so that what it advises can be typed: by its name, through npx, or as a file of a checkout. */
export function called(script: string = process.argv[1] ?? 'nfqueue-test', folder: string = process.cwd()): string {
  if (script.includes(`${sep}_npx${sep}`)) return 'npx -p @nfkit/nfqueue-test nfqueue-test'
  return basename(script) === 'nfqueue-test' ? 'nfqueue-test' : `node ${relative(folder, script)}`
}

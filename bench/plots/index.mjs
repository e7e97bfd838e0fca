import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cost } from './cost.mjs'
import { growth } from './growth.mjs'
import { life } from './life.mjs'
import { picture } from './picture.mjs'

const plots = { cost, growth, life }

/** The pictures of a report, as SVG by name: of all that it has samples for. */
export async function drawn(report) {
  const pictures = Object.entries(plots).map(async ([name, plot]) => {
    const specification = plot(report)
    return specification && [name, await picture(specification)]
  })
  return Object.fromEntries((await Promise.all(pictures)).filter(Boolean))
}

/** Write them into a folder; returns the files. */
export async function draw(report, folder) {
  mkdirSync(folder, { recursive: true })
  return Object.entries(await drawn(report)).map(([name, svg]) => {
    const file = join(folder, `${name}.svg`)
    writeFileSync(file, svg)
    return file
  })
}

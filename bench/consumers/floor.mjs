// floor QUEUE: packets judged in C, with one call of an empty function for each burst.
import { program } from '../programs.mjs'

const addon = { exports: {} }
process.dlopen(addon, program('floor'))
addon.exports(Number(process.argv[2]), () => {})
process.once('SIGTERM', () => {
  console.log('{}')
  process.exit()
})

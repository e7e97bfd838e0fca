// floor QUEUE [rewrite]: packets judged in C, with one call of an empty function for each burst.
import { program } from '../programs.mjs'

const [number, what] = process.argv.slice(2)
const addon = { exports: {} }
process.dlopen(addon, program('floor'))
addon.exports.inC(Number(number), () => {}, what === 'rewrite' ? 1 : 0)
process.once('SIGTERM', () => {
  console.log('{}')
  process.exit()
})

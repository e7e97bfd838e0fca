/**
 * What runs outside of a virtual machine before it does: writes what a simulated kernel says of programs. The argument is JSON:
 * `{ release, seed, from, sequences, foretold }`, of which the last is the file.
 */
import { profileOf } from '../../test/behaviour/profile.ts'
import { identificationOf, performOn } from '../perform.mjs'
import { programOf } from '../program/index.mjs'
import { simulatedSide } from '../sides.mjs'
import { Writing } from './file.mjs'

const { release, seed, from, sequences, foretold } = JSON.parse(process.argv[2])
const side = await simulatedSide(profileOf(release, true))
const said = new Writing(foretold)
for (let index = from; index < from + sequences; index++) {
  const program = programOf(seed, index)
  said.add(program, await performOn(side, program, { identification: identificationOf(index) }))
}
said.end()
process.exit(0)

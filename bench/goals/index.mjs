import { decoding } from './decoding.mjs'
import { judged } from './goal.mjs'
import { judging } from './judging.mjs'
import { packages } from './packages.mjs'

const number = ({ id }) => Number(id.slice(1))
const wanted = [...judging, ...decoding, ...packages].sort((a, b) => number(a) - number(b))

/** Every goal something was measured for, by number. */
export const goals = (results) => wanted.map((one) => judged(one, results)).filter(Boolean)

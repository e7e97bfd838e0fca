import { Stage } from './stage.mjs'

/** Who runs a program, by its kind. */
export const kinds = { queue: Stage }

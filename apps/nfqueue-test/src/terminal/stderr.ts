import { Output } from './output.ts'

/** Where notes go. What nobody can read, nobody is told. */
export const stderr = new Output(process.stderr)

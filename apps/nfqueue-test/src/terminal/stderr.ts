import { Output } from './output.ts'

/** Where notes go. A note that cannot be written is dropped. */
export const stderr = new Output(process.stderr)

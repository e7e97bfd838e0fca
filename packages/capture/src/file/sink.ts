import { closeSync, openSync, writeSync } from 'node:fs'
import type { CaptureSink } from '../format/sink.ts'

/** A new file. It is written synchronously, so that nothing is lost when the program ends. Throws what `node:fs` throws. */
export class FileSink implements CaptureSink {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'w')
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Prints what is found, and counts it by kind. */
export class Tally {
  #again
  #kinds = new Map()
  #end

  /** `again` are the options that run the same programs again. */
  constructor(again) {
    this.#again = again
  }

  /** A line of the process that compares. */
  hear(line) {
    const said = line.startsWith('{"') ? JSON.parse(line) : undefined
    if (said?.found) this.#found(said.found)
    else if (said?.compared !== undefined) this.#end = said
    else if (line.trim() !== '') console.log(line)
  }

  #found({ index, kind, program, difference }) {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1)
    if (!program) return
    console.log(`${kind}\n  npm run differ -- ${this.#again} --sequence ${index}\n  ${JSON.stringify(program)}`)
    for (const line of difference?.simulated ?? []) console.log(`  - simulator: ${line}`)
    for (const line of difference?.real ?? []) console.log(`  + kernel:    ${line}`)
  }

  /** Prints the end; whether all is well. */
  close() {
    const kinds = [...this.#kinds].sort((a, b) => b[1] - a[1])
    for (const [kind, count] of kinds) console.log(`${count} × ${kind}`)
    const differing = kinds.reduce((sum, [, count]) => sum + count, 0)
    if (this.#end === undefined) console.log('the process that compares ended before its time')
    else {
      const { compared, withTables, dimensions } = this.#end
      for (const line of dimensions) console.log(`  ${line}`)
      console.log(
        `differ ${this.#again}: ${compared} sequences, ${withTables} with tables and packets, ${differing} with a difference`,
      )
    }
    return this.#end !== undefined && differing === 0
  }
}

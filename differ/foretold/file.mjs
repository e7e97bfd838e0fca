import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** A file of programs and what a kernel says of each, a line of JSON each. */
export class Writing {
  #file

  constructor(path) {
    this.#file = openSync(path, 'w')
  }

  add(program, said) {
    writeSync(this.#file, `${JSON.stringify({ program, said })}\n`)
  }

  end() {
    closeSync(this.#file)
  }
}

/** The same file, whose first program is that of an index. */
export class Foretold {
  #lines
  #from

  constructor(path, from) {
    this.#lines = readFileSync(path, 'utf8').split('\n')
    this.#from = from
  }

  /** `{ program, said }`, made anew each time. */
  get(index) {
    return JSON.parse(this.#lines[index - this.#from])
  }
}

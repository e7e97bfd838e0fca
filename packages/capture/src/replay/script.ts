import { limits } from '../format/limits.ts'
import type { ReplayStep } from './step.ts'

/** Steps read ahead, at most, and bytes of what they hold. */
const mostSteps = 1024
const mostBytes = 4 * 1024 * 1024
/** `IFNAMSIZ` without its NUL. */
const longestName = 15

/** The steps of a recording that are still to come, as far as they are read. */
export class ReplayScript {
  readonly #steps: AsyncIterator<ReplayStep>
  #ahead: ReplayStep[] = []
  #bytes = 0
  /** By index, as far as the recording is read. */
  readonly interfaceNames = new Map<number, string>()
  /** Nothing is left to be read. */
  #ended = false
  #failure: { readonly error: unknown } | undefined

  constructor(steps: AsyncIterator<ReplayStep>) {
    this.#steps = steps
  }

  /** Read on, unless enough is there. Throws what reading throws, once all steps before are taken. */
  async fill(): Promise<void> {
    if (!this.#ended && this.#ahead.length <= mostSteps / 2 && this.#bytes <= mostBytes / 2) {
      try {
        await this.#read()
      } catch (error) {
        this.#failure = { error }
        this.#ended = true
      }
    }
    if (this.#failure && this.#ahead.length === 0) throw this.#failure.error
  }

  /** The next step, if any is left. */
  peek(): ReplayStep | undefined {
    return this.#ahead[0]
  }

  take(): void {
    const step = this.#ahead.shift()
    if (step) this.#bytes -= sizeOf(step)
  }

  /** The steps that are read, the next one first. */
  get ahead(): readonly ReplayStep[] {
    return this.#ahead
  }

  /** Whether all that is still to come has been read. */
  get isWhole(): boolean {
    return this.#ended
  }

  async #read(): Promise<void> {
    while (this.#ahead.length < mostSteps && this.#bytes < mostBytes) {
      const step = await this.#steps.next()
      if (step.done) {
        this.#ended = true
        return
      }
      if (this.#isName(step.value)) continue
      this.#ahead.push(step.value)
      this.#bytes += sizeOf(step.value)
    }
  }

  /** Asking for a name changes nothing: it may be asked for at another time, or not at all. */
  #isName(step: ReplayStep): boolean {
    if (step.kind !== 'call' || step.note.call !== 'interfaceName') return false
    const index = step.note.arguments?.[0]
    const { result } = step.note
    if (typeof index === 'number' && typeof result === 'string' && this.interfaceNames.size < limits.interfaces)
      this.interfaceNames.set(index, result.slice(0, longestName))
    return true
  }

  async close(): Promise<void> {
    await this.#steps.return?.()
  }
}

const sizeOf = ({ record }: ReplayStep): number => record.bytes.length + (record.comment?.length ?? 0)

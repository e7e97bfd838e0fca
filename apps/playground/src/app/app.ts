import { compile } from '../compile/compile.ts'
import type { Problem } from '../compile/problem.ts'
import type { Project } from '../project/project.ts'
import { limits } from '../protocol/limits.ts'
import type { Request, Setup } from '../protocol/request.ts'
import type { Journey, Note, Scene } from '../protocol/scene.ts'
import type { Session } from '../sandbox/session.ts'

/** The two texts that are code. */
export type Code = 'rules' | 'judge'

/** What is asked of a kernel. */
export type Asked = Exclude<Request, { readonly kind: 'begin' }>

const noProblems: { readonly [C in Code]: readonly Problem[] } = { rules: [], judge: [] }

/** What the page shows, and what its visitor does. Every change is told to the page. */
export class App {
  project: Project
  /** The project as it was opened. */
  origin: Project
  /** The packet to be sent next, as it is written. */
  line: string
  /** Whether the code may run: what came by a link waits for a click. */
  isTrusted: boolean
  isBusy = false
  /** The kernel has other rules, or another judge, than the page. */
  isStale = false
  /** What went wrong last; text of anyone's. */
  failure: string | undefined
  scene: Scene | undefined
  journeys: readonly Journey[] = []
  notes: readonly Note[] = []
  /** The packet whose path is shown, by its number, and the step. */
  selected: number | undefined
  step = 0
  problems = noProblems
  readonly #session: Session
  readonly #changed: () => void

  constructor(project: Project, isTrusted: boolean, session: Session, changed: () => void) {
    this.project = project
    this.origin = project
    this.line = project.lines[0] ?? ''
    this.isTrusted = isTrusted
    this.#session = session
    this.#changed = changed
  }

  /** The packet whose path is shown. */
  get journey(): Journey | undefined {
    return this.journeys.find(({ id }) => id === this.selected)
  }

  /** Another project: the kernel of the one before goes. */
  open(project: Project, isTrusted: boolean): void {
    this.#session.end()
    const line = project.lines[0] ?? ''
    Object.assign(this, {
      project,
      origin: project,
      line,
      isTrusted,
      isStale: false,
      failure: undefined,
      problems: noProblems,
    })
    this.#forget()
    this.#changed()
  }

  /** The visitor has read the code of a link. */
  trust(): void {
    this.isTrusted = true
    this.#changed()
  }

  /** A part of the project is written anew. Code has effect in the next kernel. */
  edit(part: Partial<Project>): void {
    this.project = { ...this.project, ...part }
    if (part.rules ?? part.judge ?? part.network) this.isStale = this.scene !== undefined
    if (part.rules ?? part.judge) this.problems = noProblems
    this.#changed()
  }

  /** Another packet is to be sent next. */
  write(line: string): void {
    this.line = line
    this.#changed()
  }

  /** What a link would share: the packet that is written comes first. */
  get shared(): Project {
    const { project, line } = this
    return { ...project, lines: [line, ...project.lines.filter((one) => one !== line)].slice(0, 32) }
  }

  /** Something failed beside the kernel. */
  fail(message: string): void {
    this.failure = message
    this.#changed()
  }

  /** Problems of the code, from its types. */
  found(problems: { readonly [C in Code]: readonly Problem[] }): void {
    this.problems = problems
    this.#changed()
  }

  /** Ask the kernel, or a new one where there is none with this code. Does nothing while the code is not trusted. */
  async ask(request: Asked): Promise<void> {
    await this.#work(async () => {
      if (!this.#session.isReady || this.isStale) await this.#begin()
      this.#show(await this.#session.ask(request))
    })
  }

  /** Begin with another kernel. */
  async restart(): Promise<void> {
    await this.#work(() => this.#begin())
  }

  /** Show the path of a packet, and one of its steps. */
  select(id: number, step = 0): void {
    this.selected = id
    const last = Math.max((this.journey?.steps.length ?? 0) - 1, 0)
    this.step = Math.min(Math.max(step, 0), last)
    this.#changed()
  }

  async #begin(): Promise<void> {
    this.#forget()
    const { rules, judge, network } = this.project
    const isCode = rules.language === 'typescript'
    const setup: Setup = {
      rules: { kind: isCode ? 'code' : 'listing', text: isCode ? compiled('rules', rules.text) : rules.text },
      judge: judge.trim() === '' ? undefined : compiled('judge', judge),
      network,
    }
    this.#show(await this.#session.begin(setup))
    this.isStale = false
  }

  /** One thing at a time. What fails is shown. */
  async #work(work: () => Promise<void>): Promise<void> {
    if (this.isBusy || !this.isTrusted) return
    this.isBusy = true
    this.failure = undefined
    this.#changed()
    try {
      await work()
    } catch (error) {
      this.failure = (error as Error).message
      if (!this.#session.isReady) this.scene = undefined
    } finally {
      this.isBusy = false
      this.#changed()
    }
  }

  #forget(): void {
    this.scene = undefined
    this.journeys = []
    this.notes = []
    this.selected = undefined
    this.step = 0
  }

  #show(scene: Scene): void {
    this.scene = scene
    this.journeys = [...this.journeys, ...scene.journeys].slice(-limits.journeys)
    this.notes = [...this.notes, ...scene.notes].slice(-limits.notes)
    const newest = scene.journeys.at(-1)
    if (newest !== undefined) {
      this.selected = newest.id
      this.step = Math.max(newest.steps.length - 1, 0)
    }
  }
}

function compiled(what: Code, text: string): string {
  try {
    return compile(text)
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`)
  }
}

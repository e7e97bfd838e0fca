import { fragmentOf } from '../project/link.ts'
import type { Project } from '../project/project.ts'

/** Puts a project into the address of the page. */
export class Sharing {
  /** What was done last. */
  said = ''
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  async share(project: Project): Promise<void> {
    history.replaceState(null, '', await fragmentOf(project))
    try {
      await navigator.clipboard.writeText(location.href)
      this.said = 'Link copied'
    } catch {
      this.said = 'The link is in the address bar'
    }
    this.#changed()
  }
}

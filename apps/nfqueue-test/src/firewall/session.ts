import { type Firewall, logFirewall } from '@nfkit/firewall'
import { exitCode } from '../exit-code.ts'
import { firstLine } from '../terminal/failure.ts'
import { onKey } from '../terminal/keys.ts'
import { Lines } from '../terminal/lines.ts'
import { note } from '../terminal/note.ts'
import { canDraw, Screen } from '../terminal/screen/screen.ts'
import { outputGone, stdout } from '../terminal/stdout.ts'
import { counted } from '../text/count.ts'
import { jsonLine, showable } from '../text/json.ts'
import type { JudgeFile } from './judge-file.ts'
import { firewallLines } from './view.ts'
import { FirewallWatch } from './watch.ts'
import { judgedText, statsParts } from './wording.ts'

export interface FirewallSession {
  readonly file: JudgeFile
  /** One JSON object per event instead of text. */
  readonly json: boolean
  /** Only the summary. */
  readonly quiet: boolean
  /** Seconds in which it must be confirmed. */
  readonly confirm: number | undefined
}

/** Show what a firewall does until it is closed, and say what it came to. */
export async function firewallSession(firewall: Firewall, session: FirewallSession): Promise<void> {
  const { file, json, quiet } = session
  const confirmation = new Confirmation(firewall, session.confirm)
  const reconsider = () => reconsidered(firewall, file)
  // From another session this shows that the machine can still be reached.
  const signalled = () => void (confirmation.isDue ? confirmation.confirm() : reconsider())
  process.on('SIGUSR2', signalled)
  outputGone.addEventListener('abort', () => void firewall.close())
  tellTrouble(firewall)
  const isLive = canDraw() && !json && !quiet
  const end = isLive ? view(firewall, confirmation, reconsider) : print(firewall, json, quiet)
  note(...confirmation.advice)
  try {
    await firewall.closed
  } finally {
    end()
    process.off('SIGUSR2', signalled)
  }
  const summary = firewall.stats()
  stdout.write(json ? jsonLine({ summary }) : `${statsParts(summary).join('; ')}\n`)
}

/** Whether the user has said that all is well. */
class Confirmation {
  readonly #firewall: Firewall
  readonly #seconds: number | undefined
  isDue: boolean

  constructor(firewall: Firewall, seconds: number | undefined) {
    this.#firewall = firewall
    this.#seconds = seconds
    this.isDue = seconds !== undefined
    firewall.on('unconfirmed', () => {
      this.isDue = false
      note(`taken back: not confirmed within ${counted(seconds!, 'second')}`)
      process.exitCode = exitCode.failed
    })
  }

  get advice(): readonly string[] {
    const reading = `kill -USR2 ${process.pid} has the policy read anew`
    if (!this.isDue) return [`judging; ${reading}`]
    return [
      `judging, and all is taken back in ${counted(this.#seconds!, 'second')}: open another session to this machine, and say there: kill -USR2 ${process.pid}`,
    ]
  }

  async confirm(): Promise<void> {
    if (!this.isDue) return
    try {
      await this.#firewall.confirm()
      this.isDue = false
      note('confirmed: the firewall stays')
    } catch (error) {
      note(`not confirmed: ${firstLine(error)}`)
    }
  }
}

/** The file may have changed: what was decided by the old one is void. */
async function reconsidered(firewall: Firewall, file: JudgeFile): Promise<void> {
  try {
    await file.reload()
    await firewall.reconsider()
  } catch (error) {
    note(`the policy stays as it was: ${firstLine(error)}`)
  }
}

function view(firewall: Firewall, confirmation: Confirmation, reconsider: () => Promise<void>): () => void {
  const watch = new FirewallWatch(firewall)
  const keys: { readonly [key: string]: () => unknown } = {
    r: reconsider,
    c: () => confirmation.confirm(),
    q: () => firewall.close(),
  }
  const advice = () => ['r reads the policy anew', ...(confirmation.isDue ? ['c confirms'] : []), 'q ends']
  const screen = new Screen((size) => firewallLines(watch.sight(advice()), size))
  const endKeys = onKey((key) => void keys[key]?.())
  return () => {
    endKeys()
    screen.close()
    watch.close()
  }
}

function print(firewall: Firewall, json: boolean, quiet: boolean): () => void {
  if (quiet) return () => {}
  const lines = new Lines(stdout, 'connection', 'leave out')
  if (json) logFirewall(firewall, (line) => lines.write(showable(line)))
  else firewall.on('judged', (judged) => lines.write(judgedText(judged)))
  return () => lines.flush()
}

function tellTrouble(firewall: Firewall): void {
  firewall.on('warning', note)
  firewall.on('trouble', (error) => note(error.message))
  firewall.on('failed', ({ connection, error }) => note(`${connection}: the judge failed: ${firstLine(error)}`))
  firewall.on('reconsidered', ({ epoch }) => note(`the policy was read anew: epoch ${epoch}`))
}

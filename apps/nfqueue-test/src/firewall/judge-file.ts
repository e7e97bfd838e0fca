import type { ConnectionJudge } from '@nfkit/firewall'
import { defaultFunction } from '../judging/handler.ts'

const example = "export default (connection) => (connection.destination?.port === 23 ? 'reject' : 'accept')"

/** A policy in a file, which may be read anew. */
export class JudgeFile {
  readonly #path: string
  #current: ConnectionJudge

  private constructor(path: string, current: ConnectionJudge) {
    this.#path = path
    this.#current = current
  }

  /** The default function of a module. Rejects with `UserError` when there is none. */
  static async load(path: string): Promise<JudgeFile> {
    return new JudgeFile(path, await judgeIn(path))
  }

  /** What it says of a connection now. */
  readonly judge: ConnectionJudge = (connection) => this.#current(connection)

  /** Take what is in the file now. Rejects with `UserError`, and the policy is what it was. */
  async reload(): Promise<void> {
    this.#current = await judgeIn(this.#path)
  }
}

const judgeIn = async (path: string): Promise<ConnectionJudge> =>
  (await defaultFunction('judge', path, example)) as ConnectionJudge

import { UserError } from '../terminal/failure.ts'

/** Hooks a rule can be in. */
export const hooks = ['input', 'output', 'forward', 'prerouting', 'postrouting'] as const
export type RuleHook = (typeof hooks)[number]

/** A rule to install. */
export interface QueueRule {
  /** Which packets: as nft writes it (`tcp dport 2222`), or, with a dash in front, as iptables does (`-p tcp --dport 2222`). */
  readonly text: string
  readonly hook: RuleHook
  readonly queue: number
}

/** A rule that is installed, by whichever tool. */
export interface InstalledRule {
  /** For people: what was installed, and where. */
  readonly text: string
  /** Let no more packets in. What is queued stays queued. */
  detach(): Promise<void>
  /** Remove every trace; resolves to what remains for a while. */
  remove(): Promise<string | undefined>
}

/** What a program that was killed has left. */
export interface Leftover {
  readonly text: string
  readonly pid: number
  /** Its maker belongs to another pid namespace, and may still run: the rule must stay. */
  readonly isForeign: boolean
  /** Returns a complaint when it does not work. */
  remove(): string | undefined
}

/** A tool took the rule for something else. */
export const notQueueing = ({ text, queue }: QueueRule): UserError =>
  new UserError(`the rule "${text}" would not feed queue ${queue}: look for a target or a quote in it`)

/** What one check found. A problem keeps a queue from working, a warning makes it work less well. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'problem'
  readonly text: string
  /** What to do about it. */
  readonly fix?: string
}

export const ok = (text: string): Finding => ({ state: 'ok', text })
export const warning = (text: string, fix: string): Finding => ({ state: 'warning', text, fix })
export const problem = (text: string, fix: string): Finding => ({ state: 'problem', text, fix })

/** What rules want for a connection that is not there yet (a connection template, nf_ct_tmpl_alloc). */
export interface Template {
  /** Name of the helper that follows it. */
  readonly helper?: string | undefined
  /** Name of its timeout policy. */
  readonly timeoutPolicy?: string | undefined
  readonly zone?: number | undefined
}

/** Whether something expensive is needed: its users count themselves (nf_connlabels_get, nf_nat_register_fn). */
export class InUse {
  #users = 0

  get any(): boolean {
    return this.#users > 0
  }

  take(): void {
    this.#users++
  }

  release(): void {
    this.#users--
  }
}

import { CommitError, type CommitOptions, type Element, type Nftables } from '@nfkit/nftables'

/** Elements of sets that go and that come, at once. */
export interface ElementChange {
  readonly removed: readonly Element[]
  readonly added: readonly Element[]
}

/**
 * How long, in milliseconds, an element may be in the kernel's set after its time on our clock: the kernel's begins with the commit. So long it is
 * taken for there.
 */
export const lateness = 1_000

/**
 * Change elements that live for a time, in one batch. One that is to go may have run out meanwhile: the kernel says which, and the others go without it.
 * Rejects as `commit` does.
 */
export async function changeElements(
  nft: Nftables,
  { removed, added }: ElementChange,
  options: Pick<CommitOptions, 'timeoutMilliseconds'> = {},
): Promise<void> {
  for (let going = removed; going.length + added.length > 0; ) {
    try {
      await nft.commit((batch) => {
        for (const one of going) batch.delete(one)
        for (const one of added) batch.add(one)
      }, options)
      return
    } catch (error) {
      const over = runOut(error)
      if (over.size === 0) throw error
      going = going.filter((one) => !over.has(one))
    }
  }
}

/** The elements that were to go and are not there; none where something else was refused, too. */
function runOut(error: unknown): ReadonlySet<unknown> {
  if (!(error instanceof CommitError)) return new Set()
  const isOver = error.failures.every(
    ({ code, operation, candidates }) => code === 'ENOENT' && operation.verb === 'delete' && candidates.length === 1,
  )
  return new Set(isOver ? error.failures.map(({ operation }) => operation.part) : [])
}

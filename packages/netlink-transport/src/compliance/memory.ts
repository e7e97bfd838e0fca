import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Batch } from '../transport.ts'
import { datagrams } from './inbox.ts'
import type { Claim } from './runner.ts'
import { range, type Trial } from './trial.ts'

/** A batch, and what was in it when it came. */
interface Kept {
  readonly batch: Batch
  readonly spans: Int32Array
  readonly copies: readonly Uint8Array[]
}

const kept = (batch: Batch): Kept => ({ batch, spans: batch.spans.slice(), copies: datagrams(batch) })

const unchanged = (all: readonly Kept[]): void => {
  for (const { batch, spans, copies } of all)
    deepEqual(datagrams({ ...batch, bytes: batch.bytes, length: copies.length, spans }), copies)
}

/** For batches that a claim keeps. Their leases end with it, however it ends: they count for all transports of a thread, those of later claims, too. */
function keeping(trial: Trial): Kept[] {
  const all: Kept[] = []
  trial.finally(() => release(all))
  return all
}

function release(all: Kept[]): void {
  for (const { batch } of all.splice(0)) batch.release()
}

/** Batches are leased. */
export function memoryClaims(claim: Claim, trial: Trial): void {
  claim('hands out whole datagrams inside the bytes of their batch', async () => {
    const { transport, inbox, ask, answered } = trial
    const batches: { spans: number[]; size: number; length: number }[] = []
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      batches.push({ spans: [...batch.spans], size: batch.bytes.length, length: batch.length })
      batch.release()
    }
    for (let n = 1; n <= 10; n++) ask(n)
    await answered(10)
    for (const { spans, size, length } of batches) {
      ok(length > 0)
      ok(spans.length >= 2 * length)
      for (let i = 0; i < length; i++) {
        ok(spans[2 * i]! >= 0)
        equal(spans[2 * i + 1], 36)
        ok(spans[2 * i]! + spans[2 * i + 1]! <= size)
      }
    }
  })

  claim('leaves leased bytes alone, and goes on when they are released in any order', async () => {
    const { transport, inbox, ask, answered } = trial
    const leased = keeping(trial)
    transport.receive(inbox)
    inbox.onBatch = (batch) => leased.push(kept(batch))
    const rounds = 200
    for (let n = 1; n <= rounds; n++) {
      for (let i = 0; i < n % 4; i++) ask(1000 + n)
      ask(n)
      await answered(n)
    }
    unchanged(leased)
    const all = leased.splice(0)
    release(all.filter((_, i) => i % 2))
    release(all.filter((_, i) => i % 2 === 0))
    ask(rounds + 1)
    await answered(rounds + 1)
  })

  claim('leaves leased bytes alone also where some are read now', async (skip) => {
    const { transport, inbox, ask, answered } = trial
    if (!transport.readNow) return skip('this implementation reads in its own turns only')
    const leased = keeping(trial)
    transport.receive(inbox)
    inbox.onBatch = (batch) => leased.push(kept(batch))
    const rounds = 200
    for (let n = 1; n <= rounds; n++) {
      ask(n)
      if (n % 3 > 0) transport.readNow()
      else await answered(n)
      if (n % 7 === 0) release(leased.splice(0, n % 5))
    }
    unchanged(leased)
    deepEqual(inbox.sequences, range(1, rounds))
  })

  claim('leases so much memory and no more: then leases are brief, until others end', async () => {
    const { transport, inbox, ask, answered } = trial
    const long = keeping(trial)
    let briefs = 0
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      if (!batch.brief) {
        long.push(kept(batch))
        return
      }
      briefs++
      batch.release()
    }
    let n = 0
    while (briefs === 0 && n < 1_000) {
      ask(++n)
      await answered(n)
    }
    const memory = new Set(long.map(({ batch }) => batch.bytes.buffer)).size
    for (let i = 0; i < 300; i++) {
      ask(++n)
      await answered(n)
    }
    equal(briefs, 301)
    equal(new Set(long.map(({ batch }) => batch.bytes.buffer)).size, memory)
    ok(memory <= 6)
    unchanged(long)
    release(long)
    ask(++n)
    await answered(n)
    equal(briefs, 301)
  })

  claim('a brief lease that is kept all the same keeps its bytes', async () => {
    const { transport, inbox, ask, answered } = trial
    const leased = keeping(trial)
    transport.receive(inbox)
    inbox.onBatch = (batch) => leased.push(kept(batch))
    for (let n = 1; n <= 600; n++) {
      ask(n)
      await answered(n)
    }
    equal(leased.at(-1)?.batch.brief, true)
    unchanged(leased)
    release(leased)
  })

  claim('a batch may be released after close', async () => {
    const { transport, inbox, ask, answered } = trial
    transport.receive(inbox)
    let last: Batch | undefined
    inbox.onBatch = (batch) => {
      last = batch
    }
    ask(1)
    await answered(1)
    transport.close()
    ok(last!.bytes.length > 0)
    last?.release()
  })

  claim('never receives into abandoned bytes again, and counts them no longer', async () => {
    const { transport, inbox, ask, answered } = trial
    const abandoned: Kept[] = []
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      abandoned.push(kept(batch))
      batch.abandon()
    }
    const rounds = 300
    for (let n = 1; n <= rounds; n++) {
      ask(n)
      await answered(n)
    }
    deepEqual(
      abandoned.filter(({ batch }) => batch.brief),
      [],
    )
    unchanged(abandoned)
  })
}

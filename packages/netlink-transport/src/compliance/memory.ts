import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Batch } from '../transport.ts'
import { datagrams } from './inbox.ts'
import type { Claim } from './runner.ts'
import type { Trial } from './trial.ts'

/** So many batches may be under way when leases become brief, or may be long again: another thread reads ahead of what it is told. */
const ahead = 8

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
    const leased: { batch: Batch; spans: Int32Array; copies: Uint8Array[] }[] = []
    transport.receive(inbox)
    inbox.onBatch = (batch) => leased.push({ batch, spans: batch.spans.slice(), copies: datagrams(batch) })
    const rounds = 200
    for (let n = 1; n <= rounds; n++) {
      for (let i = 0; i < n % 4; i++) ask(1000 + n)
      ask(n)
      await answered(n)
    }
    for (const { batch, spans, copies } of leased) {
      deepEqual(datagrams({ ...batch, bytes: batch.bytes, length: copies.length, spans }), copies)
    }
    for (const { batch } of leased.filter((_, i) => i % 2)) batch.release()
    for (const { batch } of leased.filter((_, i) => i % 2 === 0)) batch.release()
    ask(rounds + 1)
    await answered(rounds + 1)
  })

  claim('leases so much memory and no more: then leases are brief, until others end', async () => {
    const { transport, inbox, ask, answered } = trial
    const long: { batch: Batch; spans: Int32Array; copies: Uint8Array[] }[] = []
    let briefs = 0
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      if (!batch.brief) {
        long.push({ batch, spans: batch.spans.slice(), copies: datagrams(batch) })
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
    for (let i = 0; i < 300; i++) {
      ask(++n)
      await answered(n)
    }
    ok(briefs >= 300 - ahead)
    ok(new Set(long.map(({ batch }) => batch.bytes.buffer)).size <= 6)
    for (const { batch, spans, copies } of long)
      deepEqual(datagrams({ ...batch, bytes: batch.bytes, length: copies.length, spans }), copies)
    for (const { batch } of long.splice(0)) batch.release()
    for (let i = 0; i <= ahead; i++) {
      ask(++n)
      await answered(n)
    }
    ok(long.length > 0)
  })

  claim('a brief lease that is kept all the same keeps its bytes', async () => {
    const { transport, inbox, ask, answered } = trial
    const leased: { batch: Batch; spans: Int32Array; copies: Uint8Array[] }[] = []
    transport.receive(inbox)
    inbox.onBatch = (batch) => leased.push({ batch, spans: batch.spans.slice(), copies: datagrams(batch) })
    for (let n = 1; n <= 600; n++) {
      ask(n)
      await answered(n)
    }
    equal(leased.at(-1)?.batch.brief, true)
    for (const { batch, spans, copies } of leased)
      deepEqual(datagrams({ ...batch, bytes: batch.bytes, length: copies.length, spans }), copies)
    for (const { batch } of leased) batch.release()
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
    const abandoned: { batch: Batch; spans: Int32Array; copies: Uint8Array[] }[] = []
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      abandoned.push({ batch, spans: batch.spans.slice(), copies: datagrams(batch) })
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
    for (const { batch, spans, copies } of abandoned)
      deepEqual(datagrams({ ...batch, bytes: batch.bytes, length: copies.length, spans }), copies)
  })
}

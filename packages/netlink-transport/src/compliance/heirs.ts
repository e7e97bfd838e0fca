import { deepEqual, equal, throws } from 'node:assert/strict'
import type { Transport } from '../transport.ts'
import { Inbox } from './inbox.ts'
import type { Claim } from './runner.ts'
import { refusal, type Trial, turns } from './trial.ts'

/** A socket can be handed on: another transport over it goes on where the first one stops. */
export function heirClaims(claim: Claim, trial: Trial): void {
  const withHeir = (name: string, body: (heir: Transport, inbox: Inbox) => Promise<void>) =>
    claim(name, async (skip) => {
      const { heir: make } = trial.subject
      if (!make) return skip('this implementation has no heirs')
      const heir = make()
      trial.finally(() => heir.close())
      await body(heir, new Inbox())
    })

  withHeir('an heir has the port id, and reads what was left unread, in order', async (heir, inbox) => {
    const { transport, ask } = trial
    equal(heir.portId, transport.portId)
    deepEqual([transport.inherited ?? false, heir.inherited], [false, true])
    for (const sequence of [1, 2, 3]) ask(sequence)
    heir.receive(inbox)
    await inbox.until(() => inbox.sequences.length === 3)
    deepEqual(inbox.sequences, [1, 2, 3])
  })

  withHeir('what arrives after the first has paused is for the heir alone', async (heir, inbox) => {
    const { transport, inbox: before, ask, answered, numbered } = trial
    transport.receive(before)
    ask(1)
    await answered(1)
    transport.pause()
    ask(2)
    heir.receive(inbox)
    heir.send(numbered(3))
    await inbox.until(() => inbox.sequences.length === 2)
    await turns()
    deepEqual([before.sequences, inbox.sequences], [[1], [2, 3]])
  })

  withHeir('the socket lives until the last of them is closed, and who is closed has nothing', async (heir, inbox) => {
    const { transport, ask, numbered } = trial
    ask(1)
    transport.close()
    transport.close()
    throws(() => ask(2), refusal('sendto', 'EBADF'))
    throws(() => transport.counters(), refusal('getsockopt', 'EBADF'))
    throws(() => transport.sibling(), refusal('socket', 'EBADF'))
    heir.receive(inbox)
    heir.send(numbered(3))
    await inbox.until(() => inbox.sequences.length === 2)
    deepEqual(inbox.sequences, [1, 3])
  })
}

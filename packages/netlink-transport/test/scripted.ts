import type { Receiver, Transport } from '../src/index.ts'
import { LeasedBatch } from '../src/memory/leased-batch.ts'

const refuse = () => {
  throw new Error('a scripted transport has no such thing')
}

/** A transport whose kernel answers what is sent by a script: what no kernel we have says, but one may. */
export function scripted(answers: (datagram: Uint8Array) => readonly Uint8Array[], sendLimit = 65_536): Transport {
  let receiver: Receiver | undefined
  const arrived: LeasedBatch[] = []
  return {
    portId: scripted.portId,
    sendLimit,
    send(datagram) {
      const batch = new LeasedBatch(answers(datagram.slice()), false, () => {})
      arrived.push(batch)
      setImmediate(() => arrived[0] === batch && receiver?.batch(arrived.shift()!))
    },
    readNow() {
      for (const batch of arrived.splice(0)) receiver?.batch(batch)
    },
    receive(one) {
      receiver = one
    },
    close() {
      receiver = undefined
    },
    pause() {},
    resume() {},
    join: refuse,
    leave: refuse,
    set: refuse,
    resize: refuse,
    filter: refuse,
    counters: refuse,
    interfaceName: () => undefined,
    procNet: () => undefined,
    sibling: refuse,
  }
}
scripted.portId = 77

import { bind, command, config, verdict, verdictBatch } from '../../test/behaviour/request.ts'
import { edited } from './payload.mjs'
import { expectationFrom, policyFrom, requestFrom } from './request.mjs'

/** Verdicts that are not just a name, as whole numbers: sent on to queue 8, ACCEPT with a bit above the low byte, and none. */
const special = { queue: (8 << 16) | 3, wide: 0x101, unknown: 9 }
const numberOf = (what) => special[what] ?? what
/** Verdicts that are refused: the packet goes on waiting. */
const refused = ['stolen', 'unknown']

/** Requests by kinds of steps: the bytes, and the socket they come from. */
const makers = {
  verdict(stage, { queue: named, at, verdict: what, edit, ct, mark, priority }) {
    const queue = stage.busy(named)
    const waiting = stage.waiting(queue)
    const id = [...waiting.keys()].at(at) ?? 99
    const packet = waiting.get(id)
    if (!refused.includes(what)) waiting.delete(id)
    const payload = edit && packet ? { payload: edited(packet.payload, edit) } : {}
    const bytes = verdict(queue, id, numberOf(what), { mark, priority, ct, ...payload })
    return { bytes, socket: stage.ownerOf(queue) }
  },
  batch(stage, { queue: named, at, verdict: what, mark, priority }) {
    const queue = stage.busy(named)
    const waiting = stage.waiting(queue)
    const id = [...waiting.keys()].at(at) ?? 99
    for (const each of [...waiting.keys()]) if (each <= id) waiting.delete(each)
    const bytes = verdictBatch(queue, id, numberOf(what), { mark, priority })
    return { bytes, socket: stage.ownerOf(queue) }
  },
  configure(stage, { queue, command: name, stranger, settings }) {
    const bytes =
      name === undefined
        ? config(queue, settings)
        : name === 'bind'
          ? bind(queue, settings)
          : command(queue, name, settings)
    return { bytes, socket: stranger ? stage.strangerTo(queue) : stage.ownerOf(queue) }
  },
  request: (stage, step) => ({ bytes: requestFrom(step), socket: stage.owner }),
  expectation: (stage, step) => ({ bytes: expectationFrom(step), socket: stage.owner }),
  policy: (stage, step) => ({ bytes: policyFrom(step), socket: stage.owner }),
}

/** The request that a step is. It asks for an acknowledgement unless it is `silent`. */
export const asked = (stage, step) => ({ ...makers[step.do](stage, step), silent: step.silent })

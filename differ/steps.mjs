import { asked } from './wire/asked.mjs'
import { lackingOf, packetsFrom } from './wire/packet.mjs'

/** What each kind of step does on a stage; resolves to lines that tell what the kernel said. All other steps are requests. */
const acts = {
  emit: (stage, step) => arrive(stage, step, (packet) => stage.world.emit(packet, sending(step))),
  receive: (stage, step) => arrive(stage, step, (packet) => stage.world.receive(packet)),
  async udp(stage, { version, ports, bytes, segment, ...step }) {
    const [from, to] = version === 4 ? ['10.1.0.1', '10.1.0.2'] : ['[fd00::1]', '[fd00::2]']
    const options = { ...sending(step), ...(segment && { segment }) }
    await stage.world.udp(`${from}:${ports[0]}`, `${to}:${ports[1]}`, 'x'.repeat(bytes), options)
    return stage.hear()
  },
  datagram: (stage, { requests }) => stage.send(requests.map((step) => asked(stage, step))),
  change: (stage, { messages }) => stage.change(messages),
  async pass(stage, { seconds }) {
    await stage.world.pass(seconds)
    return stage.hear()
  },
}

/** Take a step; resolves to lines that tell what the kernel said. */
export async function take(stage, step) {
  const act = acts[step.do]
  if (act) return act(stage, step)
  const request = asked(stage, step)
  if (step.command === 'unbind') {
    const lines = await stage.send([request])
    await stage.settle()
    return lines
  }
  return step.dump ? stage.dump(request.bytes) : stage.send([request])
}

const sending = ({ mark, priority }) => ({ ...(mark && { mark }), ...(priority && { priority }) })

async function arrive(stage, { packets }, send) {
  const all = packets.flatMap((packet) => packetsFrom(packet, stage.identification))
  stage.lacking.push(...packets.flatMap((packet) => lackingOf(packet, stage.identification)))
  const sent = await Promise.all(all.map(send))
  // A packet that is dropped on its way out is an error of who sent it, where there is a sender.
  const errors = sent.flatMap(({ error }) => (error === undefined || error === 'EPERM' ? [] : [`sender: ${error}`]))
  return [...errors, ...(await stage.hear())]
}

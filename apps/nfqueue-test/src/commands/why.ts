import { Command } from 'commander'
import { whole } from '../cli/arguments.ts'
import { explain } from '../cli/explanation.ts'
import { jsonOption } from '../cli/json-option.ts'
import { exitCode } from '../exit-code.ts'
import { interrupted } from '../terminal/interrupt.ts'
import { note } from '../terminal/note.ts'
import { print } from '../terminal/print.ts'
import { jsonLine } from '../text/json.ts'
import { answerJson, answerText } from '../why/answer-text.ts'
import { subjectOf } from '../why/subject.ts'
import { why } from '../why/why.ts'

interface WhyArguments {
  readonly seconds: number
  readonly patience: number
  readonly count: number
  readonly json?: boolean
}

/** `nfqueue-test why PACKETS`: the way of packets through all rules, and what decided. */
export function whyCommand(): Command {
  const command = new Command('why')
    .description('follow packets through all rules, and say what became of them and why')
    .argument('<packets>', "which packets: 'tcp 10.0.0.2:443', 'udp 10.0.0.1 > 10.0.0.2:53', or a condition of nft")
    .option('-n, --count <packets>', 'end after so many packets', whole(1, 10_000), 1)
    .option('-s, --seconds <seconds>', 'how long to look for them', whole(1, 86_400), 10)
    .option(
      '--patience <seconds>',
      'how long its hooks wait for a moment without packets in queues',
      whole(1, 86_400),
      60,
    )
    .addOption(jsonOption('paths', 'one JSON object per packet'))
    .action(async (text: string, { seconds, patience, count, json = false }: WhyArguments) => {
      const signal = interrupted()
      const risks: NonNullable<Parameters<typeof why>[1]['risks']> = (all) =>
        note(...(all.length === 0 ? ['no packet waits in a queue that this could cost'] : all.map(({ text }) => text)))
      const ready = () => note(`looking for packets: ${text}`)
      const waiting = () =>
        note('its hooks go when no queue holds a packet; Ctrl-C leaves them to a process that waits for that')
      const held = (process: number) =>
        note(`its empty table stays until no packet waits in any queue (process ${process})`)
      const patienceMilliseconds = 1000 * patience
      const options = { seconds, packets: count, signal, risks, ready, waiting, held, patienceMilliseconds }
      for await (const answer of why(subjectOf(text), options)) {
        if (answer.kind === 'unseen') process.exitCode = exitCode.failed
        await print(json ? jsonLine(answerJson(answer)) : answerText(answer))
      }
    })
  return explain(command, explanation)
}

const explanation = `It listens: send such packets meanwhile. A table of nft of its own marks ten a second at most, and goes by itself: first its rule, then
its hooks, once no queue of the network namespace holds a packet; where that is not so within --patience, a process holds them until it
is. Where a queue is fed at prerouting or output, it begins in a moment without waiting packets, which would be judged twice. A kill -9
takes its hooks at once, and the packets that wait with them.
Rules of iptables-legacy and of BPF are not told by the kernel; where they take a packet, that is said.

Examples:
  nfqueue-test why 'tcp 10.0.0.2:443'
  nfqueue-test why 'udp 10.0.0.1 > 10.0.0.2:53' --count 5 --json
  nfqueue-test why 'iifname "eth0" icmp type echo-request'`

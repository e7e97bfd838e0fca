import { printable } from '@nfkit/netlink-codec'
import { Command } from 'commander'
import { queueNumber } from '../cli/arguments.ts'
import { jsonOption } from '../cli/json-option.ts'
import { checks } from '../doctor/checks.ts'
import type { Finding } from '../doctor/finding.ts'
import { exitCode } from '../exit-code.ts'
import { print } from '../terminal/print.ts'
import { jsonLine } from '../text/json.ts'
import { bad, good, notable } from '../text/style.ts'
import { placement } from '../why/placement.ts'

const signs = { ok: good('ok     '), warning: notable('warning'), problem: bad('problem') }

/** `nfqueue-test doctor [QUEUE]`: why no packets come, and what to do. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'check what a queue needs: kernel, privileges, owner, buffers, rules; exit code 1 when something keeps it from working',
    )
    .argument('[queue]', 'number of the queue, 0 to 65535', queueNumber, 0)
    .addOption(jsonOption('findings', 'one JSON object per finding'))
    .action(async (queue: number, { json = false }: { json?: boolean }) => {
      for await (const finding of findings(queue)) {
        if (finding.state === 'problem') process.exitCode = exitCode.failed
        const { state, text, fix } = finding
        const advice = fix === undefined ? '' : `\n        → ${printable(fix)}`
        await print(json ? jsonLine(finding) : `${signs[state]} ${printable(text)}${advice}\n`)
      }
    })
}

async function* findings(queue: number): AsyncGenerator<Finding> {
  yield* checks(queue)
  yield* await placement(queue)
}

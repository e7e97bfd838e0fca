import type { FlowChanges, NatTarget } from '@nfkit/conntrack'
import { NetlinkError } from '@nfkit/netlink-transport'
import { Command } from 'commander'
import { choice, mark, whole } from '../../cli/arguments.ts'
import { explain } from '../../cli/explanation.ts'
import { jsonOption } from '../../cli/json-option.ts'
import { natTarget, statusToSet, tcpStateToSet } from '../../flows/entry.ts'
import { moreLabels } from '../../flows/label.ts'
import { withTable } from '../../flows/table.ts'
import { addTuple, type TupleOptions, tupleOf } from '../../flows/tuple.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface CreateOptions extends TupleOptions {
  readonly timeout: number
  readonly mark?: number
  readonly status?: FlowChanges['status']
  readonly state?: FlowChanges['tcp']
  readonly srcNat?: NatTarget
  readonly dstNat?: NatTarget
  readonly label?: readonly number[]
  readonly helper?: string
  readonly existing: 'refuse' | 'keep' | 'update'
  readonly json?: boolean
}

/** `nfqueue-test flows create`. */
export function createCommand(): Command {
  const command = addTuple(new Command('create').description('make one connection'))
    .requiredOption('-t, --timeout <seconds>', 'until it expires', whole(0, 0xffff_ffff))
    .option('-m, --mark <number>', 'connmark', mark)
    .option('-u, --status <names>', 'bits to set: assured,seenReply, or ASSURED', statusToSet)
    .option('--state <state>', 'state of TCP: established, timeWait, …, or as SYN_SENT', tcpStateToSet)
    .option('-n, --src-nat <address[:port]>', 'what the source is translated to', natTarget)
    .option('-g, --dst-nat <address[:port]>', 'what the destination is translated to', natTarget)
    .option('-l, --label <labels>', 'labels by number or name: web,7', moreLabels)
    .option('--helper <name>', 'the helper that follows it: ftp')
    .addOption(choice('--existing <what>', 'an entry that is there: refuse, keep, update', existing, 'refuse'))
    .addOption(jsonOption('flows', 'the connection as a JSON object'))
    .action((protocol: string, source: string, destination: string, options: CreateOptions) =>
      withTable(async (table) => {
        const original = tupleOf(protocol, source, destination, options)
        const { timeout, mark, status, state, srcNat, dstNat, label, helper, json } = options
        const nat = srcNat || dstNat ? { source: srcNat, destination: dstNat } : undefined
        const flow = { original, timeoutSeconds: timeout, mark, status, tcp: state, nat, labels: label, helper }
        const isNew = await table
          .create(flow, { onExisting: options.existing === 'update' ? 'update' : 'refuse' })
          .then(
            () => true,
            (error) => {
              if (options.existing === 'keep' && error instanceof NetlinkError && error.code === 'EEXIST') return false
              throw error
            },
          )
        const sentence = isNew ? '1 connection created' : 'there is one: it is left as it is'
        await print(json ? jsonLine(await table.get(original)) : `${sentence}\n`)
      }),
    )
  return explain(
    command,
    `Many at once: nfqueue-test flows load.
Example:
  nfqueue-test flows create tcp 10.0.0.1:4000 10.0.0.2:22 -t 600 --state ESTABLISHED --status ASSURED,SEEN_REPLY`,
  )
}

const existing = ['refuse', 'keep', 'update']

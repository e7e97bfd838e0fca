import type { ConntrackEvent, ConntrackTable, EventGap, EventOptions } from '@nfkit/conntrack'
import type { Command } from 'commander'
import { whole } from '../cli/arguments.ts'
import { jsonOption } from '../cli/json-option.ts'
import type { SchemaName } from '../schema/catalog.ts'
import { interrupted } from '../terminal/interrupt.ts'
import { Lines } from '../terminal/lines.ts'
import { note } from '../terminal/note.ts'
import { outputGone, stdout } from '../terminal/stdout.ts'
import { counted } from '../text/count.ts'
import { jsonLine } from '../text/json.ts'

/** Options of commands that print events. */
export interface ListeningOptions {
  readonly json?: boolean
  readonly bufferSize?: number
  readonly reliable?: boolean
}

export function addListening(command: Command, schema: SchemaName): Command {
  return command
    .option('-b, --buffer-size <bytes>', 'of the receive buffer (default: 8388608)', whole(1, 0x3fff_ffff))
    .option('--reliable', 'have the kernel keep what ended until it is told: entries wait for this program')
    .addOption(jsonOption(schema, 'one JSON object per event'))
}

type Told = Exclude<ConntrackEvent, EventGap>

/** How events are printed. */
interface Shape {
  readonly json?: boolean | undefined
  /** Seconds since 1970 in front, as `conntrack -o timestamp` has them. */
  readonly timed: boolean
}

/** Print events until an interrupt, or until the reader of the output has gone. No event waits for that reader. */
export async function follow<Event extends Told>(
  table: ConntrackTable,
  options: Omit<EventOptions, 'signal'>,
  { json, timed }: Shape,
  text: (event: Event) => string,
): Promise<void> {
  const lines = new Lines(stdout, 'event', 'leave out')
  const signal = AbortSignal.any([interrupted(), outputGone])
  try {
    for await (const event of table.events({ ...options, signal })) {
      if (stdout.hasFailed) break
      if (event.kind === 'gap')
        note(`${counted(event.lost, 'event was', 'events were')} lost: try a larger --buffer-size`)
      else if (json) lines.write(jsonLine(event))
      else lines.write(`${timed ? `[${secondsText(Date.now())}]\t` : ''}${text(event as Event)}\n`)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    lines.flush()
  }
}

/** `1795429168.827000`. */
const secondsText = (milliseconds: number): string => (milliseconds / 1_000).toFixed(6)

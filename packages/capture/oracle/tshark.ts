import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** The outermost value of each field of a frame that has it. */
export type Row = ReadonlyMap<string, string>

/** What makes tshark look at every packet by itself, and check every checksum. */
const preferences = [
  'ip.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'sctp.checksum:CRC 32c',
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
  'ip.tso_support:TRUE',
]

/** A run of tshark over a file: its rows, then what it complained about. */
export interface Run {
  readonly rows: AsyncIterable<Row>
  /** Once the rows have ended. */
  readonly complaint: Promise<string>
}

/** Only packets have it: tshark takes custom blocks and log entries of pcapng files for frames, too. */
const ofPackets = 'frame.encap_type'

/** Read the packets of a capture with tshark. */
export function dissect(file: string, wanted: readonly string[]): Run {
  const fields = [ofPackets, ...wanted]
  const child = spawn(
    'tshark',
    [
      '-n',
      ...['-r', file],
      ...preferences.flatMap((preference) => ['-o', preference]),
      ...['-T', 'fields', '-E', 'separator=\t', '-E', 'occurrence=f'],
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TZ: 'UTC' } },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000)
  })
  const complaint = new Promise<string>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () =>
      resolve(
        said
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('Running as user'))
          .join('; '),
      ),
    )
  })
  complaint.catch(() => {})
  return { rows: rowsOf(createInterface({ input: child.stdout, crlfDelay: Infinity }), fields), complaint }
}

async function* rowsOf(lines: AsyncIterable<string>, fields: readonly string[]): AsyncGenerator<Row, void, undefined> {
  for await (const line of lines) {
    const row = new Map<string, string>()
    for (const [i, text] of line.split('\t').entries()) if (text !== '') row.set(fields[i]!, text)
    if (row.has(ofPackets)) yield row
  }
}

import { captureFile } from '../src/file/index.ts'
import { CaptureError, type CaptureRecord, readCapture } from '../src/index.ts'
import { parts, type Value } from './fields.ts'
import { type Layers, layersIn } from './layers.ts'
import { layersOf, type Reading, readingOf } from './reading.ts'
import { dissect, type Row } from './tshark.ts'

/** One field of one frame that is not the same on both sides. */
export interface Disagreement {
  readonly file: string
  readonly number: number
  /** tshark's name; `network` and `transport` for the kinds of layers, `records` for how many there are. */
  readonly field: string
  readonly ours: string
  readonly theirs: string
  readonly reading: Reading | undefined
  readonly row: Row | undefined
  readonly layers: Layers | undefined
}

/** What was compared of a file. */
export interface Comparison {
  readonly records: number
  readonly packets: number
  readonly fields: number
  readonly disagreements: readonly Disagreement[]
}

const asked = ['frame.protocols', ...parts.flatMap(({ names }) => names)]

/** Read a file here and with tshark, frame by frame. */
export async function compareFile(file: string): Promise<Comparison> {
  const disagreements: Disagreement[] = []
  const { rows, complaint } = dissect(file, asked)
  const theirs = rows[Symbol.asyncIterator]()
  const ours = readCapture(captureFile(file))[Symbol.asyncIterator]()
  let [records, packets, fields] = [0, 0, 0]
  let ended = 'the end'
  for (;;) {
    const [record, row] = await Promise.all([next(ours), theirs.next()])
    if (!row.done && typeof record === 'object') {
      const reading = readingOf(record)
      records++
      if (reading.ip) packets++
      const frame = compareFrame(reading, row.value)
      fields += frame.fields
      for (const found of frame.found) disagreements.push({ file, number: records, ...found, reading, row: row.value })
      continue
    }
    if (typeof record === 'string') ended = record
    const [here, there] = [records + (await rest(ours, record)), records + (await rest(theirs, row))]
    if (here !== there)
      disagreements.push({
        file,
        number: records,
        field: 'records',
        ours: `${here}: ${ended}`,
        theirs: `${there}: ${(await complaint) || 'the end'}`,
        reading: undefined,
        row: undefined,
        layers: undefined,
      })
    await complaint
    return { records, packets, fields, disagreements }
  }
}

/** The next record, or why there is none. */
async function next(records: AsyncIterator<CaptureRecord>): Promise<CaptureRecord | string> {
  try {
    const { done, value } = await records.next()
    return done ? 'the end' : value
  } catch (error) {
    if (error instanceof CaptureError) return `${error.problem}: ${error.reason}`
    throw error
  }
}

/** How many more there are, the one that was read already among them. */
async function rest(of: AsyncIterator<unknown>, first: unknown): Promise<number> {
  const isOne = typeof first === 'object' && first !== null && !('done' in first && first.done)
  if (!isOne) return 0
  let count = 1
  try {
    while (!(await of.next()).done) count++
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
  }
  return count
}

type Found = Pick<Disagreement, 'field' | 'ours' | 'theirs' | 'layers'>

/** What differs of one frame, and how many fields were looked at. */
export function compareFrame(
  reading: Reading,
  row: Row,
): { readonly fields: number; readonly found: readonly Found[] } {
  const layers = layersIn(row.get('frame.protocols') ?? '')
  const own = layersOf(reading)
  const found: Found[] = []
  let fields = 0
  const compare = (field: string, ours: Value, theirs: string | undefined): void => {
    fields++
    if (!isSame(ours, theirs)) found.push({ field, ours: String(ours), theirs: String(theirs), layers })
  }
  compare('network', own.network, layers.network)
  if (own.network === layers.network) compare('transport', own.transport, layers.transport)
  for (const { valuesOf } of parts)
    for (const [field, value] of valuesOf(reading)) compare(field, value, row.get(field))
  return { fields, found }
}

/** Whether a value is what tshark printed: numbers may be in hexadecimal, and flags are 0 and 1. */
function isSame(ours: Value, theirs: string | undefined): boolean {
  if (ours === undefined || theirs === undefined) return ours === theirs
  if (typeof ours === 'string') return ours === theirs
  return Number(ours) === Number(theirs)
}

import type { CaptureRecord } from './record.ts'

/**
 * Finds the records in the bytes of an `Input`. It yields each; or how many bytes it needs to go on, and is then told whether the capture has so
 * many. So it waits for nothing itself, and records whose bytes are there cost no promise.
 */
export type RecordReader = Generator<CaptureRecord | number, void, boolean>

import { align } from '@nfkit/netlink-codec'
import { markAsUntransferable } from '../platform.ts'
import type { Memory } from './memory.ts'

/**
 * Bytes of memory for packets that wait for long, apart from the burst they came in. Having memory costs a microsecond, so that small ones share a piece
 * of it, and pieces are used again; it is small too, for no other packet has what is left of one where one waits long.
 */
const pieceSize = 1024

/**
 * Pieces are made so many at once, of one run of memory: whoever reads needs two views of each run, and makes them anew for the next. No more than a page, which
 * is what a packet keeps that is left of many, though others may have the rest; and a view, of a packet that its queue has judged, for which no other may.
 */
const piecesOfSheet = 4

/** Sheets with pieces that nobody uses: beyond so many, a megabyte, one that is all unused is given up. */
const mostOpen = 256

/** Whether packets of such messages share pieces. */
export const isSmall = (length: number): boolean => length <= pieceSize / 2

/** One run of memory, and those of its pieces that nobody uses. */
class Sheet {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  readonly unused: Piece[] = []
  /** Whether its pieces are used once and no more. */
  isForOnce: boolean

  /** Throws `RangeError` when there is no memory. */
  constructor(pieces: number, isForOnce: boolean) {
    const memory = new ArrayBuffer(pieces * pieceSize)
    // Who is shown one packet of several cannot take the memory away.
    markAsUntransferable(memory)
    this.bytes = new Uint8Array(memory)
    this.words = new Int32Array(memory)
    this.isForOnce = isForOnce
    for (let at = memory.byteLength; at > 0; at -= pieceSize) this.unused.push(new Piece(this, at - pieceSize, at))
  }
}

/** Memory that small packets are copied to. */
export class Piece implements Memory {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  readonly #sheet: Sheet
  readonly #start: number
  readonly #end: number
  #used: number
  #holders = 0

  constructor(sheet: Sheet, start: number, end: number) {
    this.bytes = sheet.bytes
    this.words = sheet.words
    this.#sheet = sheet
    this.#start = this.#used = start
    this.#end = end
  }

  hasRoom(length: number): boolean {
    return this.#used + length <= this.#end
  }

  /** Copy `from.bytes[start, end)`, for which there is room; returns where that is. By words where it can be: `set` wants a view, one more object of each packet. */
  put(from: Memory, start: number, end: number): number {
    const at = this.#used
    const source = (start & 3) === 0 ? from.words : undefined
    const last = (end + 3) >>> 2
    if (source === undefined || last > source.length) this.bytes.set(from.bytes.subarray(start, end), at)
    else for (let i = start >>> 2, to = at >>> 2; i < last; i++, to++) this.words[to] = source[i]!
    this.#used = align(at + end - start)
    return at
  }

  /** The packet at `[start, end)` did not wait after all: where it was the newest, the next one may have its place. */
  giveBack(start: number, end: number): void {
    if (this.#used === align(end)) this.#used = start
  }

  hold(): void {
    this.#holders++
  }

  /** With the last one it is empty. */
  letGo(): void {
    if (--this.#holders > 0) return
    this.#used = this.#start
    if (this !== current) regain(this, this.#sheet)
  }

  abandon(): void {
    giveUp(this.#sheet)
    this.letGo()
  }
}

/** Sheets with unused pieces; the next piece is one of the last. */
const open: Sheet[] = []

/** Where the next packet goes that waits, and the next one that is kept for ever. */
let current: Piece | undefined
let keeping: Piece | undefined

/** Where a small packet has room that waits; `undefined` when there is no memory. */
export function pieceFor(length: number): Piece | undefined {
  if (!current?.hasRoom(length)) current = nextPiece()
  return current
}

/** The same for one that can be read for ever: nothing else is ever put where it lies. */
export function pieceToKeep(length: number): Piece | undefined {
  if (!keeping?.hasRoom(length)) keeping = sheetOf(1, true)?.unused.pop()
  return keeping
}

function sheetOf(pieces: number, isForOnce: boolean): Sheet | undefined {
  try {
    return new Sheet(pieces, isForOnce)
  } catch {
    return undefined
  }
}

function nextPiece(): Piece | undefined {
  const sheet = open.at(-1) ?? openSheet()
  const piece = sheet?.unused.pop()
  if (sheet?.unused.length === 0) open.pop()
  return piece
}

function openSheet(): Sheet | undefined {
  const sheet = sheetOf(piecesOfSheet, false)
  if (sheet !== undefined) open.push(sheet)
  return sheet
}

function regain(piece: Piece, sheet: Sheet): void {
  if (sheet.isForOnce) return
  const count = sheet.unused.push(piece)
  if (count === 1) open.push(sheet)
  else if (count === piecesOfSheet && open.length > mostOpen) open.splice(open.indexOf(sheet), 1)
}

/** Nothing is put there any more. */
function giveUp(sheet: Sheet): void {
  if (sheet.isForOnce) return
  sheet.isForOnce = true
  if (sheet.unused.length > 0) open.splice(open.indexOf(sheet), 1)
  if (current?.bytes === sheet.bytes) current = undefined
}

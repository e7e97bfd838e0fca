import { check } from '@nfkit/netlink-transport'
import { verdictWords } from '../packet/verdict.ts'

/** A verdict that is a word. */
export type VerdictWord = keyof typeof verdictWords

/**
 * What a handler may return: the packet's verdict by its name, or anything but text, which says nothing. A promise settles to the same.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: functions declared to return nothing are handlers, too.
export type Returned = VerdictWord | object | number | bigint | boolean | symbol | null | undefined | void

/** The verdict a text names. Throws `RangeError`, with the nearest one, when it names none. */
export const verdictNamed = (text: string): VerdictWord => check.word('the handler returned', text, verdictWords)

import type { WakeUp } from '../src/options.ts'

/** How a socket's process learns that something has arrived: tests of its life hold for both. */
export const wakeUps: readonly WakeUp[] = ['libuv', 'thread']

/** The same for a program of its own, which is asTold by its environment. */
export const asTold = { wakeUp: process.env['WAKE_UP'] as WakeUp | undefined }

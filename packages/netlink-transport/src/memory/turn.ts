/**
 * Call `next` in a later turn of the event loop, after what has arrived was read where the platform can say so. Chosen when the module
 * is loaded, so that timers a test replaces later do not hold it up.
 */
export const nextTurn: (next: () => void) => void = globalThis.setImmediate ?? globalThis.setTimeout

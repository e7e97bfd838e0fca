/** How long the handler of a worker that blocks computes for one packet. */
export const blockMilliseconds = 250

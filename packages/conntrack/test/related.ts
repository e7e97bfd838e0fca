import type { ZonedTuple } from '../src/index.ts'

export const end = (address: string, port?: number) => ({ address, port })

/** A connection that expects others, and one of those. */
export const master: ZonedTuple = {
  protocol: 'udp',
  source: end('10.0.0.1', 4000),
  destination: end('10.0.0.2', 69),
}
export const expected = (port: number): ZonedTuple => ({
  protocol: 'udp',
  source: end('10.0.0.2', 0),
  destination: end('10.0.0.1', port),
})

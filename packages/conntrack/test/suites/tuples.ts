import type { ZonedTuple } from '../../src/index.ts'

export const end = (address: string, port?: number) => ({ address, port })

/** Connections of TCP and UDP that differ by their source port. */
export const tcp = (port: number, more: Partial<ZonedTuple> = {}): ZonedTuple => ({
  protocol: 'tcp',
  source: end('10.0.0.1', port),
  destination: end('10.0.0.2', 80),
  ...more,
})
export const udp6 = (port: number, more: Partial<ZonedTuple> = {}): ZonedTuple => ({
  protocol: 'udp',
  source: end('fd00::1', port),
  destination: end('fd00::2', 53),
  ...more,
})

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

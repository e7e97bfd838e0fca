/** A zone: equal tuples in different zones are different connections. It may hold for one direction only. */
export interface Zone {
  readonly id: number
  readonly direction: 'both' | 'original' | 'reply'
}

export const defaultZone: Zone = { id: 0, direction: 'both' }

/** The zone a direction is in. */
export function zoneOf(zone: Zone, reply: boolean): number {
  if (zone.direction === 'both') return zone.id
  return (zone.direction === 'reply') === reply ? zone.id : 0
}

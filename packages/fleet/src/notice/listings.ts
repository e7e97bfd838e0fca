import type { FleetListing } from './notice.ts'
import type { Replica } from './replica.ts'

/** How many addresses are in a message. */
const perMessage = 4_000

/** A listing in as many as there have to be messages. */
export const inMessages = ({ places, ...rest }: FleetListing): FleetListing[] =>
  Array.from({ length: Math.ceil(places.length / perMessage) }, (_, i) => ({
    ...rest,
    places: places.slice(i * perMessage, (i + 1) * perMessage),
  }))

/** All that is listed, as messages have it. */
export function listingsOf(listed: Replica['listed']): FleetListing[] {
  const now = Date.now()
  const alike = new Map<string, FleetListing & { readonly places: string[] }>()
  for (const [place, { list, until }] of listed) {
    if (until !== null && until <= now) continue
    const key = `${list} ${until}`
    if (!alike.has(key)) alike.set(key, { list, until, places: [] })
    alike.get(key)!.places.push(place)
  }
  return [...alike.values()].flatMap(inMessages)
}

// Holds each connection until its hello is whole, as a filter of names does.
import { Tracker } from '@nfkit/streams'
import { clientHellos } from '@nfkit/streams/tls'
import { more, queue } from './queue.mjs'

const tracker = new Tracker({
  holdMilliseconds: 60_000,
  judge(connection) {
    const reader = clientHellos()
    return connection.holdUntil(({ chunk }) => (reader.push(chunk).length > 0 ? 'accept' : undefined))
  },
})
more.holds = () => tracker.counts.holds
more.held = () => tracker.held

await queue.run(tracker.handler)

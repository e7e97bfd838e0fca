/**
 * What transports without a socket are made of: datagrams reach a receiver in later turns of the event loop, as leased batches.
 *
 * @module
 */
export { Answering } from './answering.ts'
export { Delivery, type DeliverySource } from './delivery.ts'
export { LeasedBatch, poison } from './leased-batch.ts'
export { afterMicrotasks, nextTurn } from './turn.ts'

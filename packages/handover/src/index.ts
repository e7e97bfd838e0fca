/**
 * Restart, update or lose the program behind a netfilter queue, and lose no packet: a supervisor holds the sockets, and one worker after another
 * reads them. Start with `supervise`; the worker calls `succeed`.
 *
 * @module
 */
export { WorkerError, type WorkerFailure } from './errors.ts'
export type { SupervisorEvents } from './events.ts'
export type { Inheritance } from './inheritance.ts'
export type { HeritableSocket, SupervisorLimits, SupervisorOptions } from './options.ts'
export { type Leave, succeed, type Take } from './succeed.ts'
export { supervise } from './supervise.ts'
export type { Supervisor } from './supervisor.ts'

import { destruction } from './destruction.ts'
import { entries } from './entries.ts'
import { errors } from './errors.ts'
import { events } from './events.ts'
import { policies } from './policies.ts'
import { traffic } from './traffic.ts'

/** What holds of the table on every kernel, the simulated one included. Each suite runs in a world and each test starts with an empty table. */
export const suites = [entries, destruction, errors, events, policies, traffic]

import { expectation, flow } from './connection.ts'
import { schemaDocument } from './document.ts'
import { firewallEvent } from './firewall.ts'
import { finding, leftover, path } from './host.ts'
import { message } from './message.ts'
import { packetOrSummary } from './queued.ts'
import { checkedOrSummary, commit, listedTable } from './rules.ts'
import type { Schema } from './shape.ts'
import {
  changedCounts,
  conditions,
  expectationEvent,
  flowChange,
  flowEvent,
  statistics,
  timeoutDefaults,
  timeoutPolicy,
} from './table.ts'

/** What a line of JSON is, by the name of its schema. */
const catalog = {
  packets: ['a packet that was judged, or the summary at the end', packetOrSummary],
  firewall: ['an event of a firewall, or the summary at the end', firewallEvent],
  flows: ['a tracked connection', flow],
  'flow-changes': ['a change of the connection tracking table, as flows watch tells it', flowChange],
  'flow-events': ['an event of the connection tracking table, as the kernel tells it', flowEvent],
  'flow-conditions': ['which conditions the kernel applies, and which are applied here', conditions],
  expectations: ['a connection that is expected', expectation],
  'expectation-events': ['an event of a connection that is expected', expectationEvent],
  counts: ['how many were changed; nothing where the kernel does not say', changedCounts],
  statistics: ['how full the connection tracking table is, and what each processor counted', statistics],
  timeouts: ['a timeout policy', timeoutPolicy],
  'timeout-defaults': ['timeouts in seconds, by state', timeoutDefaults],
  rules: ['a table of nf_tables', listedTable],
  commits: ['a change of the rules, as it was committed', commit],
  'checked-packets': ['what rules do with a packet, or the summary at the end', checkedOrSummary],
  paths: ['the way of a packet through all rules, or that none came', path],
  findings: ['what doctor found', finding],
  messages: ['a netlink message', message],
  leftovers: ['a rule that a killed program left', leftover],
} as const satisfies { readonly [name: string]: readonly [description: string, schema: Schema] }

/** The name of a schema. */
export type SchemaName = keyof typeof catalog

/** All of them. */
export const schemaNames = Object.keys(catalog) as readonly SchemaName[]

/** What lines of a schema are, in a sentence. */
export const lineOf = (name: SchemaName): string => catalog[name][0]

/** A schema as it is published: JSON Schema, draft 2020-12. */
export const schemaOf = (name: SchemaName): object => schemaDocument(name, lineOf(name), catalog[name][1])

/**
 * A Linux kernel's NFQUEUE and connection tracking in memory: tests deliver packets to it, and the code under test cannot tell it from a
 * real one. Start with `SimulatedKernel`.
 *
 * @module
 */
export type { Masked } from '@nfkit/inet'
export { type ExpectedOutcome, expectOutcome, OutcomeError } from './assertions/expect-outcome.ts'
export { type Leftover, LeftoverError } from './assertions/leftovers.ts'
export { Clock } from './clock.ts'
export type { Settings as ConntrackSettings } from './conntrack/objects/settings.ts'
export type { ConntrackView, EntryView } from './conntrack/view.ts'
export type { DeliverOptions } from './deliver/deliver.ts'
export type { LocalSender } from './deliver/local-sender.ts'
export type { Fault, KernelFault, SocketFault } from './faults/fault.ts'
export { type FaultyTransport, faulty, type TransportFault } from './faults/faulty-transport.ts'
export type { Outcome, Reason, Stay } from './hooks/outcome.ts'
export type { HookName } from './hooks/route.ts'
export type { Interface, InterfaceOptions, Interfaces } from './interfaces.ts'
export { type PendingPacket, SimulatedKernel } from './kernel.ts'
export type { KernelOptions } from './kernel-options.ts'
export type { SkbChecksum } from './packet.ts'
export { type Profile, type ProfileName, profiles } from './profile.ts'
export type { Random } from './random.ts'
export type { Rejection } from './rules/rejection.ts'
export type { Rule, RuleHandle, TableName } from './rules/rule.ts'
export type { ChainPlace, Ruleset } from './rules/ruleset.ts'
export type { Datagram } from './socket/datagram.ts'
export type { Endpoint } from './socket/endpoint.ts'
export type { NetlinkSocket } from './socket/netlink-socket.ts'
export type { ReceiveQueue } from './socket/receive-queue.ts'
export { SimulatedTransport, type TransportHost } from './socket/simulated-transport.ts'
export type { Reception, SocketOptions } from './socket/socket-host.ts'
export { measuredTruesize, type TruesizeStep } from './socket/truesize.ts'

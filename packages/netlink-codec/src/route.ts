/**
 * NETLINK_ROUTE, as far as it tells of routing rules: by which addresses, marks and interfaces packets choose a routing table.
 *
 * @module
 */
export { encodeRoutingRule, routeMessage, routingRuleOf, rtnetlink } from './route/message.ts'
export { type RoutingRule, routingRule, ruleHeader } from './route/table.ts'

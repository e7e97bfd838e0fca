/**
 * NETLINK_ROUTE, as far as it tells of routing rules: by which addresses, marks and interfaces packets choose a routing table.
 *
 * @module
 */
export { encodeRoutingRule, rtnetlink, routeMessage, routingRuleOf } from './route/message.ts'
export { type RoutingRule, ruleHeader, routingRule } from './route/table.ts'

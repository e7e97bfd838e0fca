import { mkdirSync, writeFileSync } from 'node:fs'
import { queueNumber } from './contestants.mjs'
import { folder, isInstalled, program } from './programs.mjs'

const daemon = 'opensnitchd'
const rules = `${folder}/opensnitch`

/** Whose connections it lets pass: those of the program that dials. */
const rule = {
  name: 'measured',
  created: '2026-01-01T00:00:00Z',
  updated: '2026-01-01T00:00:00Z',
  enabled: true,
  precedence: false,
  action: 'allow',
  duration: 'always',
  operator: { type: 'simple', operand: 'process.path', sensitive: false, data: program('connect'), list: [] },
}

/** The application firewall of Debian, with the rules of iptables that it makes itself; it asks whose each connection is. */
export const openSnitch = {
  name: 'OpenSnitch',
  argv: [
    ...[daemon, '-process-monitor-method', 'proc', '-queue-num', String(queueNumber)],
    ...['-rules-path', rules, '-no-live-reload', '-log-file', `${folder}/opensnitch.log`],
  ],
}

/** Why it is not measured; `undefined` where it is. */
export const openSnitchMissing = isInstalled(daemon) ? undefined : 'it is not installed: apt install opensnitch'

/** Write its rule. */
export function prepareOpenSnitch() {
  mkdirSync(rules, { recursive: true })
  writeFileSync(`${rules}/${rule.name}.json`, JSON.stringify(rule))
}

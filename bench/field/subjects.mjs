import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { shell } from '../namespace.mjs'
import { folder, isInstalled } from '../programs.mjs'
import { addresses, program } from './scene.mjs'

const example = (name, ...args) =>
  program([process.execPath, `${import.meta.dirname}/../../examples/field/${name}.mjs`, ...args], 'judging')
const write = (file, what) => writeFileSync(`${folder}/${file}`, typeof what === 'string' ? what : JSON.stringify(what))
const server = (port) => ({ address: addresses.server, port })

/** The policy is a file, which is read again at a signal. */
const withFile = (file, states) => ({
  forbid: (running) => {
    write(file, states.without)
    running.signal('SIGHUP')
  },
  permit: (running) => {
    write(file, states.with)
    running.signal('SIGHUP')
  },
})

const policies = (...ports) => ({
  workloads: { web: [addresses.client], db: [addresses.server] },
  policies: [{ to: 'db', from: ['web'], ports }],
})

const networkPolicy = ({ client }) => ({
  name: 'network-policy',
  dialler: client,
  allowed: server(4000),
  forbidden: server(4001),
  start: () => example('network-policy', `${folder}/policy.json`),
  ...withFile('policy.json', { with: policies('tcp/4000'), without: policies('tcp/443') }),
  prepare: () => write('policy.json', policies('tcp/4000')),
})

/** How a rule of OpenSnitch is written: by the port. */
const openSnitchRule = (port, action) => ({
  ...{ name: `p${port}`, created: '2026-01-01T00:00:00Z', updated: '2026-01-01T00:00:00Z', enabled: true },
  ...{ precedence: true, action, duration: 'always' },
  operator: { type: 'simple', operand: 'dest.port', sensitive: false, data: `${port}`, list: [] },
})

const openSnitch = ({ here }) => ({
  name: 'OpenSnitch',
  missing: isInstalled('opensnitchd') ? undefined : 'apt install opensnitch',
  dialler: here,
  allowed: server(4000),
  forbidden: server(4001),
  prepare() {
    shell(`mkdir -p ${folder}/snitch`)
    write('snitch/p4000.json', openSnitchRule(4000, 'allow'))
    write('snitch/p4001.json', openSnitchRule(4001, 'deny'))
  },
  start: () =>
    program([
      'opensnitchd',
      '-process-monitor-method',
      'proc',
      '-rules-path',
      `${folder}/snitch`,
      '-log-file',
      `${folder}/snitch.log`,
    ]),
  forbid: () => write('snitch/p4000.json', openSnitchRule(4000, 'deny')),
  permit: () => write('snitch/p4000.json', openSnitchRule(4000, 'allow')),
})

const answersOf = (allowed) =>
  Object.fromEntries(
    [4000, 4001].map((port) => [
      `${process.execPath} to tcp ${addresses.server} port ${port}`,
      port === allowed ? 'always' : 'never',
    ]),
  )

const applicationFirewall = ({ here }) => ({
  name: 'application-firewall',
  dialler: here,
  allowed: server(4000),
  forbidden: server(4001),
  prepare: () => write('rules.json', answersOf(4000)),
  start: () => example('application-firewall', `${folder}/rules.json`, `${folder}/ask.sock`),
  ...withFile('rules.json', { with: answersOf(4000), without: answersOf(0) }),
})

/** Decisions as CrowdSec's local API gives them: 100,000 of others, and that on the client where it is forbidden. */
function decisions() {
  const ban = (value) => ({
    ...{ id: 1, origin: 'lists', scenario: 'measured', duration: '4h0m0s' },
    ...{ scope: 'Ip', type: 'ban', value },
  })
  const others = Array.from({ length: Number(process.env.DECISIONS ?? 100_000) }, (_, i) =>
    ban(`11.${i >> 15}.${(i >> 7) & 255}.${(i & 127) * 2}`),
  )
  const state = { forbidden: false, fresh: [], deleted: [] }
  const http = createServer((request, response) => {
    if (!request.url.includes('/decisions/stream')) return response.end('{}')
    const isStart = request.url.includes('startup=true')
    const here = state.forbidden ? [ban(addresses.client)] : []
    const said = isStart
      ? { new: [...others, ban('10.97.1.3'), ...here], deleted: [] }
      : { new: state.fresh.splice(0), deleted: state.deleted.splice(0) }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(said))
  })
  return {
    listen: (port) => http.listening || new Promise((resolve) => http.listen(port, '127.0.0.1', resolve)),
    close: () => http.close(),
    forbid() {
      state.forbidden = true
      state.fresh.push(ban(addresses.client))
    },
    permit() {
      state.forbidden = false
      state.deleted.push(ban(addresses.client))
    },
  }
}

const bouncers = ({ client }) => {
  const api = decisions()
  const common = {
    dialler: client,
    allowed: { address: addresses.here, port: 4000 },
    // From an address that is on the list.
    forbidden: { address: addresses.here, port: 4000, localAddress: '10.97.1.3' },
    forbid: api.forbid,
    permit: api.permit,
  }
  const config = `mode: nftables
update_frequency: 1s
log_mode: file
log_dir: ${folder}/
log_level: info
api_url: http://127.0.0.1:8099/
api_key: key
disable_ipv6: true
deny_action: DROP
deny_log: false
nftables:
  ipv4: { enabled: true, set-only: false, table: crowdsec, chain: crowdsec-chain }
  ipv6: { enabled: false }
nftables_hooks: [input, forward]
`
  return [
    {
      name: 'block-list',
      ...common,
      prepare: () => api.listen(8_099),
      start: () =>
        program([
          process.execPath,
          `${import.meta.dirname}/../../examples/field/block-list.mjs`,
          'http://127.0.0.1:8099/v1/decisions/stream',
          'key',
        ]),
    },
    {
      name: 'crowdsec-firewall-bouncer',
      missing: isInstalled('crowdsec-firewall-bouncer') ? undefined : 'apt install crowdsec-firewall-bouncer',
      ...common,
      prepare() {
        write('bouncer.yaml', config)
        return api.listen(8_099)
      },
      start: () => program(['crowdsec-firewall-bouncer', '-c', `${folder}/bouncer.yaml`]),
    },
  ]
}

const family = (...blocked) => ({ ada: { devices: [addresses.client], blocked } })

const familyFilter = ({ client, hellos }) => ({
  name: 'family-filter',
  dialler: client,
  allowed: { ...server(443), hello: hellos.allowed },
  forbidden: { ...server(443), hello: hellos.forbidden },
  prepare: () => write('family.json', family('social.example')),
  start: () => example('family-filter', `${folder}/family.json`),
  ...withFile('family.json', { with: family('social.example'), without: family('social.example', 'news.example') }),
})

/** What is measured, in order. */
export const subjects = (hosts) => [
  networkPolicy(hosts),
  applicationFirewall(hosts),
  openSnitch(hosts),
  ...bouncers(hosts),
  familyFilter(hosts),
]

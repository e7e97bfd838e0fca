import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** The files of ours that a bundler puts into a program that uses one export. */
async function bundleOf(name: string, from: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `import { ${name} } from '${from}'\nconsole.log(${name})`, resolveDir: import.meta.dirname },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    conditions: ['nfkit-source'],
  })
  const [output] = Object.values(metafile.outputs)
  const used = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const files = used.map(([path]) => path).filter((path) => path.startsWith('packages/'))
  return files.map((path) => path.replace(/^packages\/(.*)\.ts$/, '$1').replace('/src/', '/'))
}

/** Files of a bundle by package; of the codec without its engine, what families there are. */
function contentsOf(files: readonly string[]): { readonly packages: string[]; readonly families: string[] } {
  const families = files
    .filter((file) => /^netlink-codec\/(nfnetlink|nfqueue|nflog|conntrack|nftables|flow|packet-view)/.test(file))
    .map((file) => file.slice('netlink-codec/'.length))
  return { packages: [...new Set(files.map((file) => file.split('/')[0]!))].sort(), families: families.sort() }
}

const flow = [
  ...['flow/counters', 'flow/flow', 'flow/json', 'flow/labels', 'flow/layout', 'flow/line', 'flow/name', 'flow/state'],
  ...['flow/translation', 'flow/tuple', 'flow/tuple-layout'],
]
/** A connection. */
const connection = ['conntrack/constants', 'conntrack/protoinfo', 'conntrack/table', 'conntrack/tuple']
/** The nests of a queued packet that hold its connection and an expectation. */
const nests = [...connection, 'conntrack/expect']
/** The messages of ctnetlink. */
const ctnetlink = ['conntrack/helper', 'conntrack/message', 'conntrack/statistics', 'conntrack/timeout']
/** The ends of a transaction: any connection can send one. */
const transaction = ['nfnetlink/batch', 'nfnetlink/constants', 'nfnetlink/family', 'nfnetlink/header']
const netfilter = [...transaction, 'nfnetlink/netfilter']
/** The messages of nf_tables. */
const nftables = [
  ...['conntrack/constants', 'conntrack/timeout'],
  ...['chain', 'data', 'expression', 'flags', 'flowtable', 'message', 'object', 'rule', 'set', 'table', 'trace'].map(
    (file) => `nftables/${file}`,
  ),
  ...['tunnel', 'expressions/compare', 'expressions/load', 'expressions/stateful', 'expressions/statement'].map(
    (file) => `nftables/${file}`,
  ),
]
const view = ['packet-view/json', 'packet-view/line', 'packet-view/view']
/** A queue, and the connections of its packets. */
const queue = [
  ...[...nests, ...flow, 'flow/mark', ...netfilter, ...view],
  ...[
    'nfqueue/behind',
    'nfqueue/known-layouts',
    'nfqueue/message',
    'nfqueue/packet-layout',
    'nfqueue/queued-packet',
    'nfqueue/survey',
    'nfqueue/status',
    'nfqueue/table',
  ],
]
const codec = ['inet', 'netlink-codec']

/** One export of each entry point, the packages that come with it, and the families of the codec. */
const bundles: readonly (readonly [
  name: string,
  from: string,
  packages: readonly string[],
  families: readonly string[],
])[] = [
  ['formatTuple', '@nfkit/inet', ['inet'], []],
  ['parseIp', '@nfkit/ip-codec', ['inet', 'ip-codec'], []],
  ['decode', '@nfkit/netlink-codec', codec, []],
  ['netfilterOf', '@nfkit/netlink-codec/nfnetlink', codec, ['nfnetlink/constants', 'nfnetlink/header']],
  [
    'nfqueueMessage',
    '@nfkit/netlink-codec/nfqueue',
    codec,
    [...nests, 'nfnetlink/constants', 'nfnetlink/family', 'nfqueue/message', 'nfqueue/table'],
  ],
  [
    'QueuedPacket',
    '@nfkit/netlink-codec/nfqueue',
    codec,
    [
      ...nests,
      ...flow,
      'nfnetlink/constants',
      'nfnetlink/header',
      'nfqueue/behind',
      'nfqueue/known-layouts',
      'nfqueue/packet-layout',
      'nfqueue/queued-packet',
      'nfqueue/survey',
      'nfqueue/table',
    ],
  ],
  [
    'nflogMessage',
    '@nfkit/netlink-codec/nflog',
    codec,
    [...[...connection, 'nfnetlink/constants', 'nfnetlink/family'], ...['nflog/message', 'nflog/table']],
  ],
  ['PacketView', '@nfkit/netlink-codec/packet-view', codec, ['nfnetlink/constants', 'packet-view/view']],
  [
    'conntrackMessage',
    '@nfkit/netlink-codec/conntrack',
    codec,
    [...nests, ...ctnetlink, 'nfnetlink/constants', 'nfnetlink/family'],
  ],
  [
    'Flow',
    '@nfkit/netlink-codec/conntrack',
    codec,
    [...connection, ...flow, 'nfnetlink/constants', 'nfnetlink/header'],
  ],
  ['nftMessage', '@nfkit/netlink-codec/nftables', codec, [...nftables, 'nfnetlink/constants', 'nfnetlink/family']],
  ['Connection', '@nfkit/netlink-transport', [...codec, 'netlink-transport'], transaction],
  ['openQueue', '@nfkit/nfqueue', [...codec, 'ip-codec', 'netlink-transport', 'nfqueue'], queue],
  [
    'openConntrack',
    '@nfkit/conntrack',
    ['conntrack', ...codec, 'netlink-transport'],
    [...nests, ...ctnetlink, ...flow, 'flow/mark', ...netfilter],
  ],
  [
    'openNftables',
    '@nfkit/nftables',
    [...codec, 'netlink-transport', 'nftables'],
    [...nftables, ...netfilter, 'nfqueue/status'],
  ],
  [
    'openLog',
    '@nfkit/nflog',
    [...codec, 'ip-codec', 'netlink-transport', 'nflog'],
    [...connection, ...flow, ...netfilter, 'nflog/logged-packet', 'nflog/message', 'nflog/table', ...view],
  ],
  ['openSockets', '@nfkit/sockets', [...codec, 'netlink-transport', 'sockets'], transaction],
  ['Tracker', '@nfkit/streams', ['inet', 'ip-codec', 'streams'], []],
  ['clientHellos', '@nfkit/streams/tls', ['inet', 'streams'], []],
  [
    'openFirewall',
    '@nfkit/firewall',
    [
      ...['conntrack', 'firewall', 'ip-codec', 'netlink-transport', 'nfqueue', 'nftables', 'sockets', 'streams'],
      ...codec,
    ],
    [...new Set([...queue, ...ctnetlink, ...nftables])],
  ],
  ['supervise', '@nfkit/handover', ['handover', ...codec, 'ip-codec', 'netlink-transport', 'nfqueue'], queue],
  ['succeed', '@nfkit/handover', ['handover', 'netlink-transport'], []],
  ['openGate', '@nfkit/fleet', ['fleet', 'inet', 'netlink-transport'], []],
  ['jetStreamLog', '@nfkit/fleet/jetstream', ['fleet'], []],
]

test.each(bundles)('%s of %s brings no more than it needs', async (name, from, packages, families) => {
  expect(contentsOf(await bundleOf(name, from))).toEqual({
    packages: [...packages].sort(),
    families: [...families].sort(),
  })
})

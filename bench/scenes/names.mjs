import { readFileSync } from 'node:fs'
import { options } from '../options.mjs'
import { Running, toolCpu } from '../process.mjs'
import { folder, isInstalled, script } from '../programs.mjs'

const count = options.smoke ? 50 : 2_000
/** Packets of a connection besides those with the hello: three that open it, and one that acknowledges. */
const others = 4
const shapes = { whole: 1, halves: 2, reversed: 2, shuffled: 3 }

const capture = (shape) => `${folder}/hellos-${shape}-${count}.pcap`
const said = `${folder}/names.txt`
const tools = {
  tshark: (file) => [
    ...['tshark', '-n', '-r', file, '-o', 'tcp.reassemble_out_of_order:TRUE'],
    ...['-T', 'fields', '-e', 'tls.handshake.extensions_server_name'],
  ],
  ndpiReader: (file) => ['ndpiReader', '-v', '2', '-i', file],
}

/** What a program finds in one capture. */
async function found(name, shape) {
  if (tools[name] === undefined)
    return new Running([process.execPath, script('names'), 'read', capture(shape)]).finish()
  const cpu = toolCpu(tools[name](capture(shape)), undefined, said) / (count * (others + shapes[shape]))
  return { found: new Set(readFileSync(said, 'utf8').match(/host-\d+\.example/g)).size, cpu }
}

/** Names in hellos that are cut, and who finds them: of the tools those that are installed. Their start counts among their processor time. */
export const names = {
  name: 'names',
  title: `names found in ${count} hellos of a browser, by how they were cut, in percent`,
  reference: 'node',
  contestants: [
    { name: 'node', ours: true },
    ...Object.keys(tools)
      .filter(isInstalled)
      .map((name) => ({ name })),
  ],
  metrics: [
    ...Object.keys(shapes).map((shape) => ({ key: shape, title: shape, ratio: false })),
    { key: 'cpu', title: 'CPU ns a packet, shuffled' },
  ],
  async prepare() {
    for (const shape of Object.keys(shapes))
      await new Running([process.execPath, script('names'), 'make', shape, String(count), capture(shape)]).finish()
  },
  async sample({ name }) {
    const sample = {}
    for (const shape of Object.keys(shapes)) {
      const { found: hosts, cpu } = await found(name, shape)
      sample[shape] = (100 * hosts) / count
      sample.cpu = cpu
    }
    return sample
  },
  wrong: (sample) => Object.keys(shapes).find((shape) => sample[shape] !== 100),
}

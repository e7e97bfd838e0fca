import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Original } from './original.mjs'

const original = new Original()

/** Kernel functions that tell what a system call is doing, innermost first. */
const kernel = [
  [/^nf_reinject$|^nfqnl_reinject$/, 'kernel: the packet goes on to its receiver'],
  [/sys_sendto|sys_sendmsg/, 'kernel: reads the verdicts'],
  [/sys_recvmmsg|sys_recvmsg|sys_recvfrom/, 'kernel: hands the messages over'],
  [/epoll_/, 'kernel: waits'],
]
const collector = /v8::internal::(Heap|Scavenge|MarkCompact|Evacuat|Young|Minor|GC|Sweeper|Incremental)/

/** What our own sources do, by file. */
const ours = [
  [/^bench\/consumers/, 'handler'],
  [/netlink-codec\/src/, 'decode (netlink-codec)'],
  [/nfqueue\/src\/(socket\/(outbox|sender)|judging\/judge|packet\/(verdict|changes|replacement))/, 'verdict (nfqueue)'],
  [/nfqueue\/src/, 'packet and queue (nfqueue)'],
  [/mnl-native\/src/, 'receive and send (mnl-native)'],
]

/** The stages of a packet's life. */
export const stages = [
  ...kernel.map(([, stage]) => stage),
  'kernel: everything else',
  'native part (mnl-native)',
  ...ours.map(([, stage]) => stage).toReversed(),
  'garbage collection',
  'Node and libuv',
]

/** Shares of the samples of `perf record -g` by stage of a packet's life. */
export async function sharesByStage(data) {
  const counts = new Map()
  let total = 0
  for await (const chain of chains(data)) {
    const stage = stageOf(chain)
    counts.set(stage, (counts.get(stage) ?? 0) + 1)
    total++
  }
  return [...counts].map(([stage, n]) => [stage, n / total])
}

/** Callchains, innermost frame first, as `symbol (object)`. */
async function* chains(data) {
  const perf = spawn('perf', ['script', '-i', data, '-F', 'ip,sym,dso'], { stdio: ['ignore', 'pipe', 'ignore'] })
  let chain = []
  for await (const line of createInterface({ input: perf.stdout })) {
    const frame = /^\s+[0-9a-f]+ (.*)$/.exec(line)
    if (frame) chain.push(frame[1])
    else if (chain.length > 0) {
      yield chain
      chain = []
    }
  }
  if (chain.length > 0) yield chain
}

function stageOf(chain) {
  const symbols = chain.map((frame) => frame.replace(/ \(.*\)$/, ''))
  if (chain[0].endsWith('(mnl_native.node)') || /mnl_native\.node\)$/.test(chain[0])) return 'native part (mnl-native)'
  if (/\(\[kernel|\(\[guest/.test(chain[0])) return kernelStage(symbols)
  if (symbols.some((symbol) => collector.test(symbol))) return 'garbage collection'
  for (const [i, symbol] of symbols.entries()) {
    if (/mnl_native\.node\)$/.test(chain[i])) return 'native part (mnl-native)'
    const script = /^(?:JS|LazyCompile|Function|Script|Builtin)?:?[*~^+]?\S* (file:\S+?):(\d+):(\d+)/.exec(symbol)
    if (script === null) continue
    const [, url, line, column] = script
    const file = original.file(url, Number(line) - 1, Number(column) - 1)
    return ours.find(([pattern]) => pattern.test(file))?.[1] ?? 'Node and libuv'
  }
  return 'Node and libuv'
}

function kernelStage(symbols) {
  for (const [pattern, stage] of kernel) if (symbols.some((symbol) => pattern.test(symbol))) return stage
  return 'kernel: everything else'
}

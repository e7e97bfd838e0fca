import { openMnl } from '@nfkit/mnl-native'
import { copyMode } from '@nfkit/netlink-codec/nfqueue'
import { parseQueueStatus, probe, type QueueStatus, queueStatusPath } from '@nfkit/nfqueue'
import { type Finding, ok, problem, warning } from './finding.ts'
import { kernelFile } from './kernel-file.ts'
import { logged } from './logs.ts'
import { NetlinkSockets } from './netlink-socket.ts'
import { ownership } from './ownership.ts'
import { readers } from './readers.ts'
import { listedRules, type Rules } from './rules.ts'

/** Everything that is looked at, in the order in which one thing needs the other. */
export async function* checks(queue: number): AsyncGenerator<Finding> {
  const native = nativeTransport()
  yield native
  if (native.state === 'problem') return
  yield capability()
  yield userNamespace()
  const supported = await support()
  yield* supported
  // Without permission the rest would be guesses: /proc and the rules are not readable either.
  if (supported.some(({ state }) => state === 'problem')) return
  yield buffers()
  const status = statusOf(queue)
  const sockets = new NetlinkSockets()
  yield status === undefined ? ok(`queue ${queue} is free`) : owner(status, sockets)
  if (status) yield* health(status)
  const rules = await listedRules()
  yield* feeding(queue, status !== undefined, rules)
  yield* readers(queue, sockets)
  yield* logged(rules.logging)
  yield ownership()
}

function nativeTransport(): Finding {
  try {
    openMnl().close()
    return ok('the native transport works')
  } catch (error) {
    return problem('the native transport does not load', (error as Error).message)
  }
}

const netAdmin = 12n

function capability(): Finding {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(kernelFile('/proc/self/status'))?.[1] ?? '0'}`)
  if ((effective >> netAdmin) & 1n) return ok('this program has CAP_NET_ADMIN')
  // Of a copy: the capability of Node itself would be that of every program in JavaScript.
  const copy = '/usr/local/bin/node-filter'
  const fix = `run as root, or with a copy of Node that has it: cp "$(readlink -f "$(which node)")" ${copy} && setcap cap_net_admin+ep ${copy}`
  return problem('CAP_NET_ADMIN is missing', fix)
}

function userNamespace(): Finding {
  const whole = /^\s*0\s+0\s+4294967295\s*$/.test(kernelFile('/proc/self/uid_map'))
  if (whole) return ok('this is the initial user namespace')
  const fix = 'run outside of the container, or give it a network namespace of its own (and CAP_NET_ADMIN in it)'
  return warning(
    'this is a user namespace: only network namespaces made inside it can be filtered, and recent kernels refuse rewrites',
    fix,
  )
}

async function support(): Promise<Finding[]> {
  const { permitted, queues, conntrack } = await probe(openMnl())
  if (!permitted) return [problem('the kernel refuses queues: no permission', 'see CAP_NET_ADMIN above')]
  if (!queues)
    return [
      problem(
        'the kernel has no nfnetlink_queue',
        'modprobe nfnetlink_queue, or a kernel with NETFILTER_NETLINK_QUEUE',
      ),
    ]
  const found = [ok('the kernel has nfnetlink_queue')]
  if (conntrack) return [...found, ok('the kernel sends connections with packets')]
  const fix =
    'modprobe nf_conntrack_netlink; a kernel without NETFILTER_NETLINK_GLUE_CT cannot: --connmark works all the same, through the table'
  return [
    ...found,
    warning('the kernel does not send connections with packets, and takes no connmark with a verdict', fix),
  ]
}

const wantedBuffer = 16 << 20

function buffers(): Finding {
  const transport = openMnl()
  const { receive } = transport.resize({ receive: wantedBuffer })
  transport.close()
  if (receive >= wantedBuffer) return ok(`receive buffers of ${receive >> 20} MiB are granted`)
  const fix = `sysctl net.core.rmem_max=${wantedBuffer}, or CAP_NET_ADMIN, which is not bound by it`
  return warning(`receive buffers end at ${receive} bytes: bursts lose packets`, fix)
}

const statusOf = (queue: number) =>
  parseQueueStatus(kernelFile(queueStatusPath)).find((status) => status.queue === queue)

function owner({ queue, portId }: QueueStatus, sockets: NetlinkSockets): Finding {
  return warning(
    `queue ${queue} belongs to ${sockets.who(portId)}`,
    'a queue has one reader: end that program to open it here, or use another number',
  )
}

function* health({ queue, copyMode: mode, waiting, queueDropped, socketDropped }: QueueStatus): Generator<Finding> {
  if (mode === copyMode.none) {
    yield problem(
      `queue ${queue} copies nothing, so the kernel drops every packet`,
      'its program is half configured: it never said how much to copy',
    )
  }
  if (queueDropped > 0) {
    yield warning(
      `${queueDropped} packets were dropped because queue ${queue} was full (${waiting} wait now)`,
      'its program must judge faster, let more wait (--max-length), or let the rest pass (--fail-open)',
    )
  }
  if (socketDropped > 0) {
    yield warning(
      `${socketDropped} packets were dropped because the reader's buffer was full`,
      'its program must read faster, or ask for a larger receive buffer (sysctl net.core.rmem_max bounds it)',
    )
  }
}

function feeding(queue: number, isRead: boolean, { queueing, silent }: Rules): Finding[] {
  const feeding = queueing.filter(({ first, last }) => first <= queue && queue <= last)
  const found = feeding.map(({ text, bypass }) =>
    bypass || isRead
      ? ok(`fed by: ${text}`)
      : warning(
          `fed by: ${text}`,
          'nobody reads the queue, so these packets are dropped: start the reader, or add --queue-bypass (nft: flags bypass)',
        ),
  )
  if (feeding.length === 0) {
    const fix = `iptables -I INPUT -p tcp --dport 2222 -j NFQUEUE --queue-num ${queue}, or nft add rule … queue to ${queue}`
    found.push(problem(`no rule feeds queue ${queue}`, fix))
  }
  if (silent.length > 0)
    found.push(warning(`not asked for rules: ${silent.join(', ')}`, 'install them, or run as root'))
  return found
}

import { openQueue, type Queue } from '@nfkit/nfqueue'
import { type HostOptions, SimulatedKernel, type TcpSocket } from '@nfkit/simulator'
import { Tracker, type TrackerOptions } from '../src/index.ts'

/** A simulated kernel with a client, a server, and a tracker on the queue between them. */
export interface Live extends AsyncDisposable {
  readonly kernel: SimulatedKernel
  readonly tracker: Tracker
  readonly queue: Queue
  /** Open a connection to the server. */
  connect(): TcpSocket
  /** What the server has accepted, in order. */
  readonly accepted: readonly TcpSocket[]
}

export async function live(
  options: Omit<TrackerOptions, 'clock'>,
  { host = {}, seed = 1, gso = true }: { host?: HostOptions; seed?: number; gso?: boolean } = {},
): Promise<Live> {
  const kernel = new SimulatedKernel({ seed })
  kernel.rules.add({ hook: 'forward', protocol: 'tcp', queue: 0 })
  const queue = await openQueue(kernel.connect(), { number: 0, gso, deadlineMilliseconds: Number.POSITIVE_INFINITY })
  const tracker = new Tracker({ clock: kernel.clock, ...options })
  const accepted: TcpSocket[] = []
  kernel.host('198.51.100.2', host).listen(443, (socket) => accepted.push(socket))
  const client = kernel.host('192.0.2.7', host)
  queue.run(tracker.handler)
  return {
    kernel,
    tracker,
    queue,
    accepted,
    connect: () => client.connect('198.51.100.2:443'),
    async [Symbol.asyncDispose]() {
      tracker.close()
      await queue.close()
      kernel.assertQuiet()
    },
  }
}

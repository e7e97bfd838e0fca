// Connmark router: the first packet of a connection decides its way out; the kernel remembers it and routes the rest alone.
// Tested on a real kernel, too.
//
//   iptables -t mangle -A PREROUTING -j CONNMARK --restore-mark
//   iptables -t mangle -A PREROUTING -m mark --mark 0 -m conntrack --ctstate NEW -j NFQUEUE --queue-num 0 --queue-bypass
//   ip rule add fwmark 1 table 101; ip rule add fwmark 2 table 102
//   node examples/connmark-router.mjs

/** Way out by destination port: 1 is the fast line, 2 the cheap one. */
export const ways = new Map([
  [22, 1],
  [5060, 1],
  [80, 2],
  [443, 2],
])

/** Marks the packet, for its own routing, and its connection, for all that follow. */
export function router(byPort, fallback = 2) {
  return (packet) => {
    const way = byPort.get(packet.ip?.destinationPort) ?? fallback
    packet.accept({ mark: way, connmark: { value: way, mask: 0xff } })
  }
}

if (process.argv[1] === import.meta.filename) {
  const { FlowLookup, openConntrack } = await import('@nfkit/conntrack')
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  // Where the kernel does not join packets and connections itself, the connmark is set through the table.
  const flows = new FlowLookup(await openConntrack(openMnl()))
  const queue = await openQueue(openMnl(), { number: 0, flows, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(router(ways))
  process.exit()
}

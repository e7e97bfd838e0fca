// Per-program firewall: which systemd unit or container of this host may connect where. The kernel tells whose socket a packet is of.
// Tested on a real kernel, too.
//
//   iptables -A OUTPUT -m conntrack --ctstate NEW -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/program-firewall.mjs nginx.service=53,443 backup.service=

/** What each unit may reach, by its ports: `nginx.service=53,443`; none behind the sign is nothing. Others may reach everything. */
export function policyOf(words) {
  return new Map(
    words.map((word) => {
      const [unit, ports = ''] = word.split('=')
      return [unit, ports.split(',').filter(Boolean).map(Number)]
    }),
  )
}

/**
 * Judges by unit and port. `ownerOf` says which socket a packet is of, `unitOf` which unit a socket. Packets that may be of several programs pass: it
 * tells of them, as of what it refuses.
 */
export function firewall(policy, { ownerOf, unitOf, tell = console.error }) {
  return async (packet) => {
    const owner = await ownerOf(packet)
    const port = packet.ip?.destinationPort
    if (owner.kind === 'ambiguous') tell(`${packet.ip}: sent by one of several programs`)
    const unit = owner.kind === 'socket' ? unitOf(owner.socket) : undefined
    const allowed = policy.get(unit)
    if (allowed === undefined || allowed.includes(port)) {
      packet.accept()
      return
    }
    tell(`${unit} to ${packet.ip}: refused`)
    packet.drop()
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const { openSockets, Programs } = await import('@nfkit/sockets')
  const { linuxFiles } = await import('@nfkit/sockets/linux')
  const sockets = openSockets(openMnl())
  const programs = new Programs(linuxFiles)
  // Several candidates are looked up one by one, which tells one from several where a port has one socket alone.
  const ownerOf = (packet) => sockets.owner(packet, { search: true })
  const unitOf = (socket) => programs.of(socket).unit ?? programs.of(socket).container
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(firewall(policyOf(process.argv.slice(2)), { ownerOf, unitOf }))
  sockets.close()
}

/** Where packets come from and go to. What is emitted loops over `lo`; what is received arrives on `left`, for us or to be forwarded. */
export const ways = {
  emit: { 4: [['10.1.0.1', '10.1.0.2']], 6: [['fd00::1', 'fd00::2']] },
  receive: {
    4: [
      ['10.2.0.9', '10.2.0.1'],
      ['10.2.0.9', '10.3.0.9'],
    ],
    6: [
      ['fd02::9', 'fd02::1'],
      ['fd02::9', 'fd03::9'],
    ],
  },
}

/** Few, so that packets, rules and requests meet. */
export const sourcePorts = [1000, 1001, 69]
export const destinationPorts = [7007, 7008, 69, 80]

/** The ends of a packet that goes a way; those over `lo` go in either direction. */
export function endsOf(random, how, version) {
  const [from, to] = random.pick(ways[how][version])
  const ports = [random.pick(sourcePorts), random.pick(destinationPorts)]
  const turned = how === 'emit' && random.chance(0.35)
  return turned ? { from: to, to: from, ports: ports.toReversed() } : { from, to, ports }
}

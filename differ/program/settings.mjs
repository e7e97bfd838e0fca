/** What `net.netfilter.nf_conntrack_…` may be; the first is what it is by default. */
const values = {
  acct: [0, 1],
  timestamp: [0, 1],
  events: [2, 0, 1],
  checksum: [1, 0],
  tcp_be_liberal: [0, 1],
  tcp_ignore_invalid_rst: [0, 1],
  tcp_loose: [1, 0],
  tcp_max_retrans: [3, 1, 0],
}

/** Settings that differ from the default. */
export function settingsOf(random) {
  const changed = {}
  for (const [name, [usual, ...others]] of Object.entries(values)) {
    const chance = name === 'acct' ? 0.6 : 0.25
    const value = random.chance(chance) ? random.pick(others) : usual
    if (value !== usual) changed[name] = value
  }
  return changed
}

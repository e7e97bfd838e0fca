/** What a queue has counted and said until now goes to its life, for the oracle. */
export function account(life, trial) {
  if (!life?.queue || life.excuse) return
  let stats
  try {
    stats = life.queue.stats()
  } catch (error) {
    trial.find('stats throw', error.message)
    return
  }
  life.stats = stats
  const { told } = life
  told.socket = Math.max(told.socket, stats.lost, life.shares ? 0 : stats.socketDropped)
  told.queue = Math.max(told.queue, stats.queueDropped)
  // Answers may be among the datagrams a socket had no room for; ids that are missing were packets.
  life.saidLost = stats.lost + stats.queueDropped
  if (stats.passed !== undefined) told.passed = Math.max(told.passed, stats.passed)
}

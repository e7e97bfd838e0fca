/** Processor time, time by the clock, and memory above what the process had before; what it had at most. */
export async function measure(work) {
  const before = process.resourceUsage().maxRSS
  const cpu = process.cpuUsage()
  const start = performance.now()
  await work()
  const wall = (performance.now() - start) * 1e6
  const { user, system } = process.cpuUsage(cpu)
  const peak = process.resourceUsage().maxRSS
  return { cpu: (user + system) * 1e3, wall, peak: peak * 1024, more: (peak - before) * 1024 }
}

import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** What was measured on. */
export function describe() {
  return {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    virtual: /hypervisor/.test(readFileSync('/proc/cpuinfo', 'utf8')),
    kernel: release(),
    node: process.versions.node,
    v8: process.versions.v8,
    load: loadavg(),
    time: new Date().toISOString(),
  }
}

/** Listen to the machine; the function returned says how noisy it was since. */
export function watch() {
  const before = ticks()
  const began = performance.now()
  return () => {
    const after = ticks()
    const all = after.all - before.all
    const stolen = (100 * (after.stolen - before.stolen)) / all
    const idle = (100 * (after.idle - before.idle)) / all
    const minutes = (performance.now() - began) / 60_000
    const load = loadavg()
    const text = `${minutes.toFixed(1)} minutes, ${stolen.toFixed(2)} % of processor time stolen by the host, ${idle.toFixed(0)} % idle, load average at the end ${load.map((l) => l.toFixed(1)).join(' ')}`
    return { minutes, stolenPercent: stolen, idlePercent: idle, load, text }
  }
}

/** The first line of `/proc/stat`: user nice system idle iowait irq softirq steal. */
function ticks() {
  const f = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1, 9).map(Number)
  return { all: f.reduce((sum, n) => sum + n), idle: f[3] + f[4], stolen: f[7] }
}

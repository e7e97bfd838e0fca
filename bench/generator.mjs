import { loadCpu, Running } from './process.mjs'
import { program } from './programs.mjs'

/**
 * Generate load; resolves with the generator's counts. `gso` hands the kernel super-packets, so that the consumer is slower; `spread` is
 * to how many addresses, from `address` on, and of `where` the program runs what `Running` takes.
 */
export function generate(mode, size, args, { gso = false, address = '127.0.0.1', spread = 1, ...where } = {}) {
  const argv = [program('generator'), mode, size, ...args].map(String)
  const env = { GSO: gso ? '1' : '0', ADDRESS: address, SPREAD: String(spread) }
  return new Running(argv, { cpus: loadCpu, env, ...where }).finish()
}

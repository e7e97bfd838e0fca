import { loadCpu, Running } from './process.mjs'
import { program } from './programs.mjs'

/** Generate load; resolves with the generator's counts. `gso` hands the kernel super-packets, so that the consumer is slower. */
export function generate(mode, size, args, { gso = false, address = '127.0.0.1', cpus = loadCpu } = {}) {
  const argv = [program('generator'), mode, size, ...args].map(String)
  return new Running(argv, { cpus, env: { GSO: gso ? '1' : '0', ADDRESS: address } }).finish()
}

import { loadCpu, Running } from './process.mjs'
import { program } from './programs.mjs'

/** Generate load; resolves with the generator's counts. `gso` hands the kernel super-packets, so that the consumer is slower. */
export function generate(mode, size, args, { gso = false } = {}) {
  const argv = [program('generator'), mode, size, ...args].map(String)
  return new Running(argv, { cpus: loadCpu, env: { GSO: gso ? '1' : '0' } }).finish()
}

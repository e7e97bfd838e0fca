// Kernel tests change rules and flush tables: they run inside a network namespace of their own and nowhere else.
import { readFileSync } from 'node:fs'

/** Devices every fresh namespace may have: loopback, and the fallback devices of tunnel modules. */
const fresh = /^(lo|tunl0|gre0|gretap0|erspan0|sit0|ip6tnl0|ip6gre0|ip_vti0|ip6_vti0|nlmon\d*)$/

const devices = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2)
const others = devices.map((line) => line.split(':')[0].trim()).filter((name) => name !== '' && !fresh.test(name))
if (others.length > 0)
  throw new Error(`kernel tests run in a network namespace of their own, and this one has ${others.join(', ')}`)

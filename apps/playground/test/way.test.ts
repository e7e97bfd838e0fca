import { expect, test } from 'vitest'
import { examples } from '../src/examples/examples.ts'
import { parseLine } from '../src/lab/line.ts'
import { wayOf } from '../src/lab/way.ts'
import { lineOf } from '../src/packet/line.ts'

const { network } = examples[0].project

test.each([
  ['192.0.2.7', '192.0.2.1', { hook: 'input', indev: 'eth0' }],
  ['10.0.0.5', '192.0.2.1', { hook: 'input', indev: 'eth1' }],
  ['192.0.2.1', '10.0.0.5', { hook: 'output', outdev: 'eth1' }],
  ['192.0.2.1', '10.0.0.1', { hook: 'output', loopback: true }],
  ['127.0.0.1', '127.0.0.1', { hook: 'output', loopback: true }],
  ['192.0.2.7', '10.0.0.5', { hook: 'forward', indev: 'eth0', outdev: 'eth1' }],
  ['10.0.0.5', '192.0.2.7', { hook: 'forward', indev: 'eth1', outdev: 'eth0' }],
  ['198.51.100.77', '2001:db8::1', { hook: 'forward', indev: 'eth0', outdev: 'eth1' }],
])('%s to %s', (source, destination, way) => {
  expect(wayOf(network, source, destination)).toEqual(way)
})

test.each([
  ['tcp 1.2.3.4:1 > 5.6.7.8:2 syn', {}, 'tcp 1.2.3.4:1 > 5.6.7.8:2 syn'],
  [
    'forward in eth0 out eth1 mark 0x10 udp 1.2.3.4:1 > 5.6.7.8:2',
    { hook: 'forward', indev: 'eth0', outdev: 'eth1', mark: 16 },
    'udp 1.2.3.4:1 > 5.6.7.8:2',
  ],
  [
    '  input   udp 1.2.3.4:1 > 5.6.7.8:2 payload "in out"',
    { hook: 'input' },
    'udp 1.2.3.4:1 > 5.6.7.8:2 payload "in out"',
  ],
  ['in eth1 icmp 1.2.3.4 > 5.6.7.8 echo-request', { indev: 'eth1' }, 'icmp 1.2.3.4 > 5.6.7.8 echo-request'],
])('the line %s', (text, said, packet) => {
  expect(parseLine(text)).toEqual({ said, packet })
})

const form = {
  protocol: 'tcp',
  from: '192.0.2.7',
  fromPort: '4000',
  to: '192.0.2.1',
  toPort: '443',
  flags: ['syn', 'ack'],
}

test.each([
  [form, 'tcp 192.0.2.7:4000 > 192.0.2.1:443 syn ack'],
  [{ ...form, protocol: 'udp' }, 'udp 192.0.2.7:4000 > 192.0.2.1:443'],
  [{ ...form, protocol: 'icmp' }, 'icmp 192.0.2.7 > 192.0.2.1 echo-request'],
  [
    { ...form, protocol: 'icmp', from: '2001:db8::1', to: '2001:db8::2' },
    'icmpv6 2001:db8::1 > 2001:db8::2 echo-request',
  ],
  [{ ...form, from: '2001:db8::1' }, 'tcp [2001:db8::1]:4000 > 192.0.2.1:443 syn ack'],
  [{ ...form, from: 'nobody', fromPort: 'x' }, 'tcp nobody:x > 192.0.2.1:443 syn ack'],
])('the line of a form', (given, line) => {
  expect(lineOf(given)).toBe(line)
})

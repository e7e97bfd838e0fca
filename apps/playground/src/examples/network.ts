import type { Network } from '../protocol/network.ts'

/** A machine between two networks. */
export const network: Network = {
  interfaces: [
    { name: 'eth0', addresses: ['192.0.2.1'] },
    { name: 'eth1', addresses: ['10.0.0.1'] },
  ],
  hosts: [
    { name: 'client', address: '192.0.2.7', via: 'eth0' },
    { name: 'stranger', address: '203.0.113.9', via: 'eth0' },
    { name: 'server', address: '10.0.0.5', via: 'eth1' },
    { name: 'laptop', address: '10.0.0.8', via: 'eth1' },
  ],
}

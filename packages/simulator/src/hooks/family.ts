/** Families of hook points. `inet` is both IP families. */
export type HookFamily = 'inet' | 'ip' | 'ip6' | 'arp' | 'bridge' | 'netdev'

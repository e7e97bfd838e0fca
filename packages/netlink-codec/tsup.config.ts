import { defineConfig } from 'tsup'

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/nfnetlink.ts',
    'src/nfqueue.ts',
    'src/conntrack.ts',
    'src/sock-diag.ts',
    'src/route.ts',
    'src/nflog.ts',
    'src/nftables.ts',
    'src/packet-view.ts',
    'src/schema/arbitrary.ts',
  ],
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
  // Called for each field of each packet: V8 inlines what is in the same module sooner.
  noExternal: ['@nfkit/inet/bytes'],
})

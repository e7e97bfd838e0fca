import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/tls/index.ts', 'src/quic/index.ts', 'src/http/index.ts', 'src/dns/index.ts'],
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
})

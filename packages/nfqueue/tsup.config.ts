import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'pool-worker': 'src/pool/thread/worker.ts',
    prometheus: 'src/metrics/prometheus.ts',
    opentelemetry: 'src/metrics/opentelemetry.ts',
  },
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
})

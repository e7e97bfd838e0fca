import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/pool-worker.ts', 'src/metrics-prometheus.ts', 'src/metrics-opentelemetry.ts'],
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
})

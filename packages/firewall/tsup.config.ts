import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    linux: 'src/linux.ts',
    prometheus: 'src/seen/prometheus.ts',
    opentelemetry: 'src/seen/opentelemetry.ts',
  },
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
})

import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    compliance: 'src/compliance/index.ts',
    memory: 'src/memory/index.ts',
    metrics: 'src/metrics/index.ts',
  },
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
})

import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/jetstream.ts', 'src/memory.ts'],
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
})

import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/arbitrary.ts'],
  format: 'esm',
  target: 'es2023',
  splitting: false,
  sourcemap: true,
  clean: true,
})

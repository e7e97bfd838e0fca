import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/schema/arbitrary.ts'],
  format: 'esm',
  target: 'es2023',
  splitting: false,
  sourcemap: true,
  clean: true,
})

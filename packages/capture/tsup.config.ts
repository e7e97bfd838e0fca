import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', file: 'src/file/index.ts', record: 'src/preload/record.ts' },
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
})

import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/build/index.ts'],
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  clean: true,
  // Called for each field of each packet: V8 inlines what is in the same module sooner.
  noExternal: ['@nfkit/inet/bytes'],
})

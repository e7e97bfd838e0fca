import { defineConfig } from 'vite'
import { declarationsPlugin } from './build/declarations.ts'
import { labScriptPlugin } from './build/lab-script.ts'
import { policyPlugin } from './build/policy.ts'

export default defineConfig({
  // It works wherever it is put, below any path.
  base: './',
  resolve: { conditions: ['nfkit-source'] },
  plugins: [labScriptPlugin(), declarationsPlugin(), policyPlugin()],
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, chunkSizeWarningLimit: 5_000 },
  worker: { format: 'es' },
})

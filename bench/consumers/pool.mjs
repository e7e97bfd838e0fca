// pool FIRST LAST WORKERS: accept what comes on all queues from FIRST to LAST, on so many threads.
import { openPool } from '@nfkit/nfqueue'

const [first, last, workers] = process.argv.slice(2).map(Number)
const module = new URL('./pool-module.mjs', import.meta.url)
const pool = await openPool({ queues: [first, last], workers, module })

process.once('SIGTERM', async () => {
  const stats = await pool.stats()
  await pool.close()
  console.log(JSON.stringify(stats))
  process.exit()
})

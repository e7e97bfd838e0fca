import { FakePrometheus } from '../../packages/nfqueue/test/fixtures/prometheus.ts'

const client = new FakePrometheus()

/** As much of `prom-client` as snippets use. */
export default Object.assign(client, {
  register: {
    metrics: async () => Array.from(await client.scrape(), ([name, value]) => `${name} ${value}\n`).join(''),
  },
})

import { FakeMeter } from '../../packages/nfqueue/test/fixtures/opentelemetry.ts'

export const metrics = { getMeter: (_name: string): FakeMeter => new FakeMeter() }

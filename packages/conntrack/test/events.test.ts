import { profiles, SimulatedKernel } from '@nfkit/simulator'
import { eventBehaviour } from './event-behaviour.ts'

for (const profile of Object.keys(profiles) as (keyof typeof profiles)[]) {
  const kernel = new SimulatedKernel({ profile })
  eventBehaviour(`the simulated kernel as ${profile}`, () => kernel.connect())
}

import { profiles, SimulatedKernel } from '@nfkit/simulator'
import { behaviour } from './behaviour.ts'

for (const profile of Object.keys(profiles) as (keyof typeof profiles)[]) {
  const kernel = new SimulatedKernel({ profile })
  behaviour(`the simulated kernel as ${profile}`, () => kernel.connect())
}

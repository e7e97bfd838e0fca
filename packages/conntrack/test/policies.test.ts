import { profiles } from '@nfkit/simulator'
import { policyBehaviour } from './policy-behaviour.ts'
import { simulatedWorld } from './simulated-world.ts'

for (const profile of Object.keys(profiles) as (keyof typeof profiles)[]) policyBehaviour(simulatedWorld(profile))

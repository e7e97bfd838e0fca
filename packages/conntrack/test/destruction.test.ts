import { profiles } from '@nfkit/simulator'
import { destructionBehaviour } from './destruction-behaviour.ts'
import { simulatedWorld } from './simulated-world.ts'

for (const profile of Object.keys(profiles) as (keyof typeof profiles)[]) destructionBehaviour(simulatedWorld(profile))

import { profiles } from '@nfkit/simulator'
import { simulatedWorld } from './simulated-world.ts'
import { trafficBehaviour } from './traffic-behaviour.ts'

for (const profile of Object.keys(profiles) as (keyof typeof profiles)[]) trafficBehaviour(simulatedWorld(profile))

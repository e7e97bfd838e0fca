import { kernelWorld } from './kernel-world.ts'
import { trafficBehaviour } from './traffic-behaviour.ts'

trafficBehaviour(kernelWorld())

import { SimulatedKernel } from '@nfkit/simulator'
import { eventBehaviour } from './event-behaviour.ts'

const kernel = new SimulatedKernel()
eventBehaviour('the simulated kernel', () => kernel.connect())

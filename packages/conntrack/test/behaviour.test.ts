import { SimulatedKernel } from '@nfkit/simulator'
import { behaviour } from './behaviour.ts'

const kernel = new SimulatedKernel()
behaviour('the simulated kernel', () => kernel.connect())

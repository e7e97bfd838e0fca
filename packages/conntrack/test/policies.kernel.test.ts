import { openMnl } from '@nfkit/mnl-native'
import { policyBehaviour } from './policy-behaviour.ts'

policyBehaviour('this machine’s kernel', () => openMnl())

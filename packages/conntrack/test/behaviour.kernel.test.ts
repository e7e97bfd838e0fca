import { openMnl } from '@nfkit/mnl-native'
import { behaviour } from './behaviour.ts'

behaviour('this machine’s kernel', () => openMnl())

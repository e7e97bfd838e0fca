import { openMnl } from '@nfkit/mnl-native'
import { eventBehaviour } from './event-behaviour.ts'

eventBehaviour('this machine’s kernel', () => openMnl())

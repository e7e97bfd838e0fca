import './framing.ts'
import './privilege.ts'
import './queue-config.ts'
import './queue-packet.ts'

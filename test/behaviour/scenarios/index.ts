import './framing.ts'
import './privilege.ts'

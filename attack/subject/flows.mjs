import { fault } from './fault.mjs'

const never = () => new Promise(() => {})
const fine = { peek: () => undefined, get: async () => undefined, setMark: async () => true }
const throws = () => {
  throw fault()
}

/** Sources of flows, by how they fail. */
export const flows = {
  none: undefined,
  fine,
  peekThrows: { ...fine, peek: throws },
  getThrows: { ...fine, get: throws },
  getNever: { ...fine, get: never },
  getRejects: { ...fine, get: () => Promise.reject(fault()) },
  markNever: { ...fine, setMark: never },
  markRejects: { ...fine, setMark: () => Promise.reject(fault()) },
  markThrows: { ...fine, setMark: throws },
}

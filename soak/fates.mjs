import { networks } from './bed.mjs'

/** What becomes of what is sent, by what it is sent to. A policy closes and opens `moving`, lists have `listed`. */
export const fates = {
  pass: { port: 4000, network: networks.open },
  reject: { port: 4001, network: networks.open },
  drop: { port: 4002, network: networks.open },
  moving: { port: 4003, network: networks.open },
  listed: { port: 4000, network: networks.listed },
}
export const fateNames = Object.keys(fates)
export const ports = [4000, 4001, 4002, 4003]

/** How many addresses of the second network may be listed. */
export const listable = 256

/** Numbers that follow from a seed: `next(n)` is one from 0 to n - 1. */
export function randomOf(seed) {
  let state = seed >>> 0
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * n)
  }
}

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

/** How many packets a queue of the gates holds: those of a minute, while a worker is loaded on a host with too much to do. */
export const maxLength = 16_384

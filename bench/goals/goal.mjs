import { quotients } from '../results.mjs'
import { geometric, summary } from '../statistics.mjs'

export const most = (limit) => ({ limit: `≤ ${limit}`, isMost: true, met: (value) => value <= limit })
export const least = (limit) => ({ limit: `≥ ${limit}`, isMost: false, met: (value) => value >= limit })

/** A metric of a contestant, as `[scene, contestant, metric]`, times `scale`. */
export const value =
  (what, scale = 1) =>
  (results) =>
    results.rounds(what).map((figure) => figure * scale)

/** A metric of a contestant over that of another, round by round. */
export const ratio = (above, below) => (results) => quotients(results.rounds(above), results.rounds(below))

/** The other way round: so many a second, where one takes so many nanoseconds. */
export const per = (what, nanoseconds) => (results) => results.rounds(what).map((figure) => nanoseconds / figure)

/** The largest of several figures, round by round. */
export const largest = (figures) => (results) => {
  const all = figures.map((figure) => figure(results)).filter((rounds) => rounds.length > 0)
  return (all[0] ?? []).map((_, round) => Math.max(...all.map((rounds) => rounds[round])))
}

/**
 * What is wanted: its number, what it is of, a figure for each round, and the limit. `floor` is a contestant, by name, whose figure no program on
 * Node can better, and that figure.
 */
export const goal = (id, what, figure, wanted, floor) => ({ id, what, figure, wanted, floor, summarize: summary })

/** The same by the geometric mean, with its interval: of pairs by the dozen. */
export const meanGoal = (...given) => ({ ...goal(...given), summarize: geometric })

/** Beyond its floor by no more than this a goal is as near as it can be. */
const tolerance = 1.05

const figureOf = (summarized) => summarized?.median ?? summarized?.mean

/** What was measured for a goal: its limit, the figure, the floor's, how far it is from that, and what follows. `undefined` where nothing was. */
export function judged({ id, what, figure, wanted, floor, summarize }, results) {
  const rounds = figure(results)
  const measured = summarize(rounds.filter(Number.isFinite))
  if (measured === undefined) return undefined
  const beside = floor && besideFloor(rounds, floor, wanted, results)
  const isMet = wanted.met(figureOf(measured))
  const isNear = beside?.distance !== undefined && beside.distance.median <= tolerance
  return { id, what, limit: wanted.limit, measured, floor: beside, met: isMet, outcome: outcomeOf(isMet, isNear) }
}

const outcomeOf = (isMet, isNear) => (isMet ? 'met' : isNear ? 'at the floor' : 'NOT MET')

/** How many times as much as its floor it takes, or the floor reaches. */
function besideFloor(rounds, { name, figure }, { isMost }, results) {
  const floor = figure(results)
  const distances = isMost ? quotients(rounds, floor) : quotients(floor, rounds)
  const [measured, distance] = [floor, distances].map((all) => summary(all.filter(Number.isFinite)))
  return measured && { name, measured, distance }
}

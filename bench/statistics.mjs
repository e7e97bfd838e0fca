export function median(values) {
  return quantile(values, 0.5)
}

/** Between neighbours where it falls between them; `undefined` of nothing. */
export function quantile(values, q) {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  const high = Math.ceil(at)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
}

/** Median, quartiles and extremes. */
export function summary(values) {
  if (values.length === 0) return undefined
  const [min, q1, mid, q3, max] = [0, 0.25, 0.5, 0.75, 1].map((q) => quantile(values, q))
  return { n: values.length, median: mid, min, q1, q3, max }
}

/** Geometric mean of ratios, and its interval of 95 %: Student's t of their logarithms. */
export function geometric(values) {
  if (values.length === 0) return undefined
  const logs = values.map(Math.log)
  const n = logs.length
  const mean = logs.reduce((sum, log) => sum + log, 0) / n
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / Math.max(1, n - 1)
  // The quantile of t by its degrees of freedom, to two percent from eight on.
  const half = (1.96 + 2.4 / Math.max(1, n - 1)) * Math.sqrt(variance / n)
  return { n, mean: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half) }
}

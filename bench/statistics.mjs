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

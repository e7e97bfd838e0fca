/** Nanoseconds since 1970 as ISO 8601, to the last digit: `2026-01-31T12:00:00.123456789Z`. */
export function isoTime(ns: bigint): string {
  // A Date ends in the year 275760; the kernel's 64 bits end before.
  const whole = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, -5)
  return `${whole}.${(ns % 1_000_000_000n).toString().padStart(9, '0')}Z`
}

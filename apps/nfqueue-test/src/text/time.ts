/** Nanoseconds since 1970 as local time of day with microseconds: `14:03:07.123456`. */
export function timeText(timestampNs: bigint): string {
  const date = new Date(Number(timestampNs / 1_000_000n))
  const two = (n: number) => String(n).padStart(2, '0')
  const micros = String((timestampNs / 1_000n) % 1_000_000n).padStart(6, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micros}`
}

/** The lines of /proc/net/netfilter/nfnetlink_queue by queue number; all columns as they are. */
export function queueLines(text: string): ReadonlyMap<number, readonly number[]> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number)).map((row) => [row[0]!, row]))
}

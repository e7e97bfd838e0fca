/** A mark of a packet or connection: `0x7`. */
export const markText = (mark: number): string => `0x${mark.toString(16)}`

/** `12s`, `4m10s`, `5d0h`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h${Math.floor((seconds % 3_600) / 60)}m`
  return `${Math.floor(seconds / 86_400)}d${Math.floor((seconds % 86_400) / 3_600)}h`
}

/** `0.41 ms`, `12 ms`, `3.2 s`. */
export function millisecondsText(milliseconds: number): string {
  if (milliseconds >= 1_000) return `${(milliseconds / 1_000).toFixed(1)} s`
  return `${milliseconds < 10 ? milliseconds.toFixed(2) : Math.round(milliseconds)} ms`
}

/** `512 B`, `1.5 MB`. */
export function sizeText(bytes: bigint): string {
  let value = Number(bytes)
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 1_000) return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`
    value /= 1_000
  }
  return `${value.toFixed(1)} TB`
}

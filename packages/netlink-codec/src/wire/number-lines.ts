/** The numbers in each line of a table below /proc/net; lines with fewer than `least`, or with anything else in them, are left out. */
export const numberLines = (text: string, least: number): readonly (readonly number[])[] =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((fields) => fields.length >= least && fields.every(Number.isFinite))

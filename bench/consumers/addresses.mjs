/** The first so many addresses of 10.0.0.0/8. */
export const addressesOf = (count) =>
  Array.from({ length: count }, (_, n) => `10.${(n >> 16) & 0xff}.${(n >> 8) & 0xff}.${n & 0xff}`)

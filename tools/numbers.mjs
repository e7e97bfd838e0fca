/** Ends the program where one of these options is no number from 0 on: it would do nothing, and say that all held. */
export function refuseWords(values, names) {
  for (const name of names) {
    const value = values[name]
    if (value === undefined || (value.trim() !== '' && Number(value) >= 0)) continue
    console.error(`--${name} is a number, not ${value}`)
    process.exit(2)
  }
}

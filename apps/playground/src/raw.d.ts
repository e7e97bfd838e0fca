declare module '*?raw' {
  const text: string
  export default text
}
declare module 'virtual:lab-script' {
  /** Its address. */
  const address: string
  export default address
}
declare module 'virtual:declarations' {
  /** Their address. */
  const address: string
  export default address
}
declare module '*?worker' {
  const Constructor: new () => Worker
  export default Constructor
}
declare module '*.css' {}

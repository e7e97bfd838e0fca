export interface Connection {
  mark: number
}

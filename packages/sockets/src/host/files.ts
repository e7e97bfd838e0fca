/** What is read of the file system: `linuxFiles` of `@nfkit/sockets/linux` reads it with Node. Each returns `undefined` for what cannot be read. */
export interface Files {
  /** Names in a directory. */
  list(path: string): readonly string[] | undefined
  /** Names of the directories in a directory; links are none. */
  directories(path: string): readonly string[] | undefined
  /** Inode number, and the user id of the owner. */
  stat(path: string): { readonly inode: bigint; readonly uid: number } | undefined
  /** Text of a file. */
  read(path: string): string | undefined
  /** Where a symbolic link leads. */
  link(path: string): string | undefined
}

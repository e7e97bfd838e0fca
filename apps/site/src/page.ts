/** A page of the site, as markdown. */
export interface Page {
  /** The file it is read from, from the root of the repository; the folder, of a page that lists what is in it. */
  readonly source: string
  /** Where it is on the site: `guides/first-filter.md`. */
  readonly route: string
  /** Links in it are relative to its source, as the repository has them. */
  readonly text: string
  /** What the generator is told about the page: layout, hero, whether it is searched. */
  readonly settings?: { readonly [name: string]: unknown }
}

/** The first heading of a page, as plain text. */
export const titleOf = ({ text, source }: Page): string =>
  /^# (.+)$/m.exec(text)?.[1]?.replaceAll(/[`\\]/g, '') ?? source.slice(source.lastIndexOf('/') + 1)

/** Where each path of the repository is on the site. A folder is where its README is. */
export const routesOf = (pages: readonly Page[]): ReadonlyMap<string, string> =>
  new Map(
    pages.flatMap(({ source, route }) => [
      [source, route],
      [source.replace(/\/README\.md$/, ''), route],
    ]),
  )

/** An error only the attack throws: it is told apart from the library's. */
export class Wanton extends Error {}
export const fault = () => new Wanton('attack: a fault')

/** Errors that are no errors, or turn on who looks at them. */
export const strange = [
  undefined,
  null,
  0,
  'text',
  Symbol('attack'),
  {
    get message() {
      throw fault()
    },
  },
  {
    toString() {
      throw fault()
    },
    get stack() {
      throw fault()
    },
  },
  new Proxy(
    {},
    {
      get() {
        throw fault()
      },
      has() {
        throw fault()
      },
      getPrototypeOf() {
        throw fault()
      },
    },
  ),
]

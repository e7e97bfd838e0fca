/** The key of the method `console.log` asks how a value shows itself (`util.inspect.custom`), without an import of Node. */
export const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom')

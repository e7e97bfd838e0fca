/** The half of captures that needs Node: files, and gzip. */
export { captureFile } from './capture-file.ts'
export { gunzipped } from './gunzipped.ts'
export { FileSink } from './sink.ts'

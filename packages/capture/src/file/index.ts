/** The half of captures that needs Node: files, and gzip. */
export { captureFile } from './capture-file.ts'
export { gunzipped, isGzip } from './gunzipped.ts'
export { FileSink, type FileSinkOptions } from './sink.ts'

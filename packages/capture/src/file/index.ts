/**
 * The half of captures that needs Node: capture files, and captures compressed with gzip.
 *
 * @module
 */
export { captureFile } from './capture-file.ts'
export { gunzipped, isGzip } from './gunzipped.ts'
export { FileSink, type FileSinkOptions } from './sink.ts'

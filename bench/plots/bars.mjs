import { byRole } from './picture.mjs'

/** Panels side by side of horizontal bars, a row for each value of a field, with the extremes of each across it. */
export const bars = ({ values, panels, rows, title, whose, width, step }) => {
  const y = { field: rows.field, type: 'nominal', sort: rows.sort, title: null }
  const x = { type: 'quantitative', title }
  return {
    data: { values },
    facet: { column: { field: panels.field, title: null, sort: panels.sort } },
    spec: {
      width,
      height: { step },
      layer: [
        {
          mark: { type: 'bar', height: Math.round(0.6 * step) },
          encoding: { y, x: { field: 'median', ...x }, color: { ...byRole(whose), type: 'nominal' } },
        },
        {
          mark: { type: 'rule', strokeWidth: 2, color: 'var(--ink)' },
          encoding: { y, x: { field: 'min', ...x }, x2: { field: 'max' } },
        },
      ],
    },
  }
}

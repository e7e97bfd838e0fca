import { parse, View } from 'vega'
import { compile } from 'vega-lite'

/** Colours by role: on light and on dark paper. Each picture has paper of its own, for it may be shown on any page. */
const colours = {
  paper: ['#ffffff', '#15191f'],
  ink: ['#1c2430', '#e6e9ee'],
  faint: ['#d9dee5', '#39424f'],
  ours: ['#0b63c5', '#6cb0ff'],
  floor: ['#b4530a', '#f2a65a'],
  other: ['#6b7684', '#98a3b3'],
}
export const colour = Object.fromEntries(Object.keys(colours).map((role) => [role, `var(--${role})`]))

const rules = (at) =>
  Object.entries(colours)
    .map(([role, pair]) => `--${role}: ${pair[at]};`)
    .join(' ')
const style = `<style>svg { ${rules(0)} } @media (prefers-color-scheme: dark) { svg { ${rules(1)} } }</style>`

const text = {
  labelColor: colour.ink,
  titleColor: colour.ink,
  labelFontSize: 12,
  titleFontSize: 12,
  titleFontWeight: 'normal',
}
const config = {
  background: colour.paper,
  padding: 16,
  font: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  view: { stroke: null },
  axis: { ...text, gridColor: colour.faint, domainColor: colour.faint, tickColor: colour.faint, labelLimit: 0 },
  legend: { ...text, title: null, orient: 'bottom', labelLimit: 0 },
  header: { ...text, labelFontSize: 13 },
  title: { color: colour.ink, fontSize: 13, fontWeight: 'normal', anchor: 'start', offset: 12 },
}

/** A specification of Vega-Lite as SVG, without a browser: `description` is what a reader hears who does not see it. */
export async function picture(specification) {
  const { spec } = compile({ ...specification, config })
  const svg = await new View(parse(spec), { renderer: 'none' }).toSVG()
  const opening = `<svg role="img" aria-label="${specification.description.replaceAll('"', '&quot;')}"`
  return `${svg.replace('<svg', opening).replace('>', `>${style}`)}\n`
}

const roles = ['ours', 'floor', 'other']
/** Colour by whose a figure is: a field of each row. */
export const byRole = (names) => ({
  field: 'whose',
  scale: { domain: roles.map((role) => names[role]), range: roles.map((role) => colour[role]) },
})

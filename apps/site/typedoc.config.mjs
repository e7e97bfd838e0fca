// The reference as pages of the site: one of markdown for each entry point.
import { join } from 'node:path'
import base from '../../typedoc.config.mjs'

export default {
  ...base,
  plugin: [...base.plugin, 'typedoc-plugin-markdown'],
  out: join(import.meta.dirname, '../../.cache/site/reference'),
  outputFileStrategy: 'modules',
  entryFileName: 'index',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  useCodeBlocks: true,
  useCustomAnchors: true,
}

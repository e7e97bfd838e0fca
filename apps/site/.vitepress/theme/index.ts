import type { Theme } from 'vitepress'
import { withBase } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { h } from 'vue'
import { watchFrames } from './frames.ts'
import './colours.css'
import './content.css'
import './home.css'

const notFound = () =>
  h('main', { class: 'vp-doc missing' }, [
    h('h1', 'There is no such page'),
    h('p', ['It may have moved: ', h('a', { href: withBase('/') }, 'begin at the front'), ', or search above.']),
  ])

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'not-found': notFound }),
  enhanceApp() {
    if (typeof window !== 'undefined') watchFrames()
  },
} satisfies Theme

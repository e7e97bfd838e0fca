import DefaultTheme from 'vitepress/theme-without-fonts'
import './colours.css'
import './content.css'

export default DefaultTheme

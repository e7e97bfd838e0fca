import './style/page.css'
import './editor/element.ts'
import labScript from 'virtual:lab-script'
import { render } from 'lit-html'
import { App } from './app/app.ts'
import { Types } from './app/types.ts'
import { examples } from './examples/examples.ts'
import { projectIn } from './project/link.ts'
import { Session } from './sandbox/session.ts'
import { frame } from './view/frame.ts'

const session = new Session({ page: new URL('sandbox.html', document.baseURI).href, script: labScript })
let isWaiting = false

/** Once for all changes of a turn. */
function changed(): void {
  if (isWaiting) return
  isWaiting = true
  queueMicrotask(() => {
    isWaiting = false
    types.edited()
    show()
  })
}

const app = new App(examples[0].project, true, session, changed)
const types = new Types(app, changed)
const root = document.querySelector<HTMLElement>('#app')!
const show = () => render(frame(app, types), root)

/** A link's project is shown, and waits. */
async function follow(): Promise<void> {
  try {
    const project = await projectIn(location.hash)
    if (project !== undefined) app.open(project, false)
  } catch (error) {
    app.failure = (error as Error).message
    changed()
  }
}

addEventListener('hashchange', () => void follow())
await follow()
show()
void session.prepare()

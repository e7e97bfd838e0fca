import './style/page.css'
import './editor/element.ts'
import labScript from 'virtual:lab-script'
import { render } from 'lit-html'
import { App } from './app/app.ts'
import { Reader } from './app/reader.ts'
import { Sharing } from './app/sharing.ts'
import { Types } from './app/types.ts'
import { examples } from './examples/examples.ts'
import { projectIn } from './project/link.ts'
import { Session } from './sandbox/session.ts'
import { frame, type Place } from './view/frame.ts'

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

const session = new Session({ page: new URL('sandbox.html', document.baseURI).href, script: labScript })
const app = new App(examples[0].project, true, session, changed)
const types = new Types(app, changed)
const reader = new Reader(changed)
const sharing = new Sharing(changed)
const root = document.querySelector<HTMLElement>('#app')!

const placeOf = (fragment: string): Place => (fragment === '#netlink' ? 'netlink' : 'kernel')
const go = (place: Place) => {
  location.hash = place === 'netlink' ? 'netlink' : ''
}
const show = () => render(frame({ app, types, reader, sharing, place: placeOf(location.hash), go }), root)

/** A link's project is shown, and waits. */
async function follow(): Promise<void> {
  try {
    const project = await projectIn(location.hash)
    if (project !== undefined) app.open(project, false)
  } catch (error) {
    app.fail((error as Error).message)
  }
  changed()
}

addEventListener('hashchange', () => void follow())
await follow()
show()
void session.prepare().catch((error: Error) => app.fail(error.message))

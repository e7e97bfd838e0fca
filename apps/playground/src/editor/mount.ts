import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { bracketMatching, indentOnInput } from '@codemirror/language'
import { setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import type { Problem } from '../compile/problem.ts'
import { theme } from './theme.ts'

/** An editor in the page. */
export interface Mounted {
  setText(text: string): void
  setProblems(problems: readonly Problem[]): void
  setLanguage(language: 'typescript' | 'listing'): void
}

/** Put an editor into an element. `changed` hears what the visitor writes, and not what the page sets. */
export function mount(parent: HTMLElement, label: string, changed: (text: string) => void): Mounted {
  const language = new Compartment()
  let isSetting = false
  const view = new EditorView({
    parent,
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      EditorView.lineWrapping,
      highlightActiveLine(),
      indentOnInput(),
      bracketMatching(),
      EditorState.tabSize.of(2),
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
      // Tab goes on to what follows, as everywhere on the page.
      keymap.of([...defaultKeymap, ...historyKeymap]),
      language.of(javascript({ typescript: true })),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !isSetting) changed(update.state.doc.toString())
      }),
      theme,
    ],
  })
  return {
    setText(text) {
      if (view.state.doc.toString() === text) return
      isSetting = true
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
      isSetting = false
    },
    setProblems(problems) {
      const { length } = view.state.doc
      const shown = problems.map(({ from, to, message }) => ({
        from: Math.min(from, length),
        to: Math.min(to, length),
        message,
        severity: 'error' as const,
      }))
      view.dispatch(setDiagnostics(view.state, shown))
    },
    setLanguage(name) {
      view.dispatch({ effects: language.reconfigure(name === 'typescript' ? javascript({ typescript: true }) : []) })
    },
  }
}

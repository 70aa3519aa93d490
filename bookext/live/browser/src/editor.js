// CodeMirror, loaded when the reader first goes to a cell's code.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const setProblem = StateEffect.define();
const problem = StateField.define({
  create: () => Decoration.none,
  update(marks, change) {
    for (const effect of change.effects) {
      if (!effect.is(setProblem)) continue;
      const line = effect.value;
      if (!line || line > change.state.doc.lines) return Decoration.none;
      const at = change.state.doc.line(line).from;
      return Decoration.set([Decoration.line({ class: "live-problem" }).range(at)]);
    }
    return change.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Make an editor.
 * @param {object} options parent, text, at (where the cursor is), label, onChange(text), onRun(move),
 *   onLeave()
 */
export function edit({ parent, text, at, label, onChange, onRun, onLeave }) {
  const run = (move) => () => (onRun(move), true);
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      selection: { anchor: Math.min(at, text.length) },
      extensions: [
        keymap.of([
          { key: "Shift-Enter", run: run(true) },
          { key: "Ctrl-Enter", run: run(false) },
          { key: "Mod-Enter", run: run(false) },
          { key: "Escape", run: () => (onLeave(), true) },
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
        history(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of("    "),
        bracketMatching(),
        closeBrackets(),
        python(),
        syntaxHighlighting(classHighlighter),
        problem,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    text: () => view.state.doc.toString(),
    set(value) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
    },
    mark: (line) => view.dispatch({ effects: setProblem.of(line) }),
    element: view.dom,
  };
}

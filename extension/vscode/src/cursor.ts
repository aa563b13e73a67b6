import { type Disposable, type TextEditorSelectionChangeEvent, window } from "vscode";

const AT_REST_MS = 200;

/** Calls `moved` when the cursor has come to rest somewhere, other than by typing. */
export function onCursorAtRest(moved: (event: TextEditorSelectionChangeEvent) => void): Disposable {
  const versions = new WeakMap<object, number>();
  let timer: NodeJS.Timeout | undefined;
  return window.onDidChangeTextEditorSelection((event) => {
    clearTimeout(timer);
    const { document } = event.textEditor;
    const typed = versions.get(document) !== document.version;
    versions.set(document, document.version);
    if (!typed && event.selections[0]?.isEmpty) timer = setTimeout(() => moved(event), AT_REST_MS);
  });
}

import { setTimeout as sleep } from "node:timers/promises";
import {
  CancellationTokenSource,
  commands,
  type InlineCompletionItem,
  type InlineCompletionList,
  InlineCompletionTriggerKind,
  type Position,
  type TextDocument,
  window,
} from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { isOn } from "./settings.ts";

const AGAIN_MS = 50;
const TRIES = 200;

type Items = readonly InlineCompletionItem[];

/**
 * Grey text from the server.
 *
 * What the model is still writing when it is first shown is shown again when it is whole. VS Code
 * asks but once as long as nothing changes: so the rest is awaited here, and given to VS Code as the
 * next suggestion. That takes the place of its beginning at once; to hide that first would flicker.
 *
 * @param offered called with the suggestions that are about to be shown in a document
 * @param isPartial whether the model is still writing what the server answered last
 */
export function completions(
  offered: (document: TextDocument, items: Items) => void,
  isPartial: () => Promise<boolean>,
): Middleware {
  let whole: Items | undefined;

  async function awaitRest(
    document: TextDocument,
    position: Position,
    ask: () => Promise<Items>,
  ): Promise<void> {
    const { version } = document;
    const isThere = () =>
      window.activeTextEditor?.document === document &&
      window.activeTextEditor.selection.active.isEqual(position) &&
      document.version === version;
    let items: Items = [];
    while (isThere() && (await isPartial()) && isThere()) items = await ask();
    if (!items.length || !isThere()) return;
    whole = items;
    // The command does nothing after Escape, nor before the beginning is on the screen; and while
    // that is on its way, what it asks for is dropped.
    for (let tried = 0; tried < TRIES && whole === items && isThere(); tried++) {
      await sleep(AGAIN_MS);
      await commands.executeCommand("editor.action.inlineSuggest.showNext");
    }
    if (whole === items) whole = undefined;
  }

  function take(): Items | undefined {
    const taken = whole;
    whole = undefined;
    return taken;
  }

  return {
    async provideInlineCompletionItems(document, position, context, token, next) {
      const invoked = context.triggerKind === InlineCompletionTriggerKind.Invoke;
      if (!invoked && !isOn(document)) return undefined;
      const items = (invoked && take()) || list(await next(document, position, context, token));
      if (token.isCancellationRequested) return undefined;
      offered(document, items);
      if (!invoked && items.length) {
        const { token } = new CancellationTokenSource();
        const ask = async () => list(await next(document, position, context, token));
        awaitRest(document, position, ask).catch(() => {}); // a server that ended has no rest
      }
      return [...items];
    },
  };
}

function list(found: InlineCompletionList | Items | null | undefined): Items {
  return (found && "items" in found ? found.items : found) ?? [];
}

import { randomUUID } from "node:crypto";
import { type Disposable, l10n, ViewColumn, type WebviewPanel, window } from "vscode";
import { escaped } from "./charts.ts";

/** A page in the editor. It is drawn here: its web view runs no script and loads nothing. */
export class Page implements Disposable {
  private panel: WebviewPanel | undefined;
  private readonly id: string;
  private readonly title: string;
  private readonly style: string;

  constructor(id: string, title: string, style: string) {
    this.id = id;
    this.title = title;
    this.style = style;
  }

  /** Show this HTML in place of what the page held. */
  show(body: string): void {
    if (!this.panel) {
      this.panel = window.createWebviewPanel(this.id, this.title, ViewColumn.Active, {
        localResourceRoots: [],
      });
      this.panel.onDidDispose(() => {
        this.panel = undefined;
      });
    }
    this.panel.webview.html = this.html(body, randomUUID());
    this.panel.reveal();
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private html(body: string, nonce: string): string {
    const policy = `default-src 'none'; style-src 'nonce-${nonce}'`;
    return `<!DOCTYPE html>
<html lang="${escaped(l10n.t("en"))}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escaped(this.title)}</title>
<style nonce="${nonce}">${COMMON}${this.style}</style>
</head>
<body>
${body}
</body>
</html>`;
  }
}

const COMMON = `
body { max-width: 44rem; margin: 0 auto; padding: 1rem; }
h1, h2 { font-weight: 500; }
`;

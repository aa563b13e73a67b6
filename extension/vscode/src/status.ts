import {
  commands,
  type Disposable,
  l10n,
  MarkdownString,
  StatusBarAlignment,
  ThemeColor,
  window,
} from "vscode";
import type { Display } from "./client.ts";
import type { Report, Shown } from "./protocol.ts";
import { isOn, isShown } from "./settings.ts";

const FRESH_MS = 300;

interface Look {
  icon: string;
  text: string;
  color?: "error" | "warning";
}

/** The item in the status bar: the state at a glance, details on hover, a menu on click. */
export class StatusItem implements Display, Disposable {
  private readonly item = window.createStatusBarItem("midfill", StatusBarAlignment.Right, 100);
  private look: Look = { icon: "circle-outline", text: "" };
  private shownState: Shown | undefined;
  private report: Report | undefined;
  private percent: number | undefined;
  private refreshing: NodeJS.Timeout | undefined;
  private readonly ask: () => Promise<Report>;

  /** `ask` gets the details from the server. */
  constructor(ask: () => Promise<Report>) {
    this.ask = ask;
    this.item.name = "Midfill";
    this.item.command = "midfill.menu";
    this.draw();
    this.item.show();
  }

  starting(): void {
    this.become({ icon: "loading~spin", text: l10n.t("Starting") });
  }

  installing(): void {
    this.become({ icon: "loading~spin", text: l10n.t("Installing the server") });
  }

  missing(): void {
    this.become({ icon: "warning", text: l10n.t("The server is missing"), color: "warning" });
  }

  stopped(why: string): void {
    this.become({ icon: "error", text: why, color: "error" });
  }

  /** The server tells of changes alone, so it is asked what holds at first. */
  running(): void {
    void commands.executeCommand("setContext", "midfill.serverRuns", true);
    this.refresh();
  }

  shown(shown: Shown): void {
    this.shownState = shown;
    this.refresh();
    this.draw();
  }

  progress(percent: number | undefined): void {
    this.percent = percent;
    this.draw();
  }

  /** Something may have changed: a completion was made, an editor opened, a setting set. */
  refresh(): void {
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(() => void this.update(), FRESH_MS);
    this.draw();
  }

  dispose(): void {
    clearTimeout(this.refreshing);
    this.item.dispose();
  }

  private become(look: Look): void {
    this.look = look;
    this.shownState = this.report = this.percent = undefined;
    this.draw();
  }

  private async update(): Promise<void> {
    this.report = await this.ask().catch(() => undefined);
    if (this.report) this.shownState = this.report;
    if (this.report?.device || this.report?.backend) {
      void commands.executeCommand("setContext", "midfill.modelReady", true);
    }
    this.draw();
  }

  private draw(): void {
    const { icon, text, color } = this.shownState ? this.current(this.shownState) : this.look;
    const percent =
      icon === "loading~spin" && this.percent !== undefined ? ` ${this.percent} %` : "";
    this.item.text = `$(${icon}) Midfill${percent}`;
    this.item.backgroundColor = color && new ThemeColor(`statusBarItem.${color}Background`);
    const details = ["", ...this.details()].join("\n\n");
    this.item.tooltip = new MarkdownString().appendText(text).appendMarkdown(details);
    this.item.accessibilityInformation = { label: `Midfill${percent}: ${text}`, role: "button" };
  }

  private current({ busy, kind, message }: Shown): Look {
    if (kind === "Error") return { icon: "error", text: message, color: "error" };
    if (kind === "Inactive") return { icon: "circle-slash", text: l10n.t("Off") };
    const document = window.activeTextEditor?.document;
    if (!isShown(document)) {
      return { icon: "circle-slash", text: l10n.t("Off: editor.inlineSuggest.enabled is false") };
    }
    if (document && !isOn(document)) {
      return { icon: "circle-slash", text: l10n.t("Off for {0}", document.languageId) };
    }
    if (busy) return { icon: "loading~spin", text: message || l10n.t("Thinking") };
    if (kind === "Warning") return { icon: "warning", text: message, color: "warning" };
    return { icon: "sparkle", text: message || l10n.t("Ready") };
  }

  private details(): string[] {
    if (!this.report?.model) return [];
    const { model, backend, device, ms, source, tokens_evaluated, tokens_reused } = this.report;
    const here = device ? l10n.t("this machine ({0})", device) : l10n.t("this machine");
    const where = !backend || backend === "local" ? here : backend;
    const lines = [l10n.t("Model: {0}, on {1}", `\`${model}\``, where)];
    if (ms.total === undefined) return lines;
    lines.push(
      source === "model"
        ? l10n.t(
            "Last suggestion: {0} ms, {1} tokens evaluated, {2} reused",
            Math.round(ms.total),
            tokens_evaluated,
            tokens_reused,
          )
        : l10n.t("Last suggestion: {0} ms, begun before it was asked for", Math.round(ms.total)),
    );
    return lines;
  }
}

import { ProgressLocation, window } from "vscode";
import type {
  ProgressToken,
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from "vscode-languageclient/node";

type Step = WorkDoneProgressBegin | WorkDoneProgressReport;

/** Notifications with the progress of what the server does and a person can stop. */
export class Notices {
  private readonly open = new Map<ProgressToken, Notice>();
  private readonly stop: (token: ProgressToken) => void;

  /** `stop` is called when the person stops what has this token. */
  constructor(stop: (token: ProgressToken) => void) {
    this.stop = stop;
  }

  /** Show this of it; false: it cannot be stopped, and has no notification. */
  show(token: ProgressToken, value: Step | WorkDoneProgressEnd): boolean {
    if (value.kind === "begin" && value.cancellable) {
      this.open.set(token, new Notice(value.title, () => this.stop(token)));
    }
    const notice = this.open.get(token);
    if (value.kind === "end") {
      this.open.delete(token);
      notice?.close();
    } else notice?.report(value);
    return notice !== undefined;
  }

  /** The server is gone, and so is all that it did. */
  clear(): void {
    for (const notice of this.open.values()) notice.close();
    this.open.clear();
  }
}

class Notice {
  report: (step: Step) => void = () => {};
  close: () => void = () => {};

  constructor(title: string, stop: () => void) {
    const options = { location: ProgressLocation.Notification, title, cancellable: true };
    let latest: Step | undefined;
    this.report = (step) => {
      latest = step;
    };
    const closed = new Promise<void>((resolve) => {
      this.close = resolve;
    });
    // VS Code shows it a little later, and only then takes reports.
    void window.withProgress(options, (progress, token) => {
      token.onCancellationRequested(stop);
      let reached = 0;
      this.report = ({ message, percentage = reached }) => {
        const increment = percentage - reached;
        reached = percentage;
        progress.report({ ...(message && { message }), increment });
      };
      if (latest) this.report(latest);
      return closed;
    });
  }
}

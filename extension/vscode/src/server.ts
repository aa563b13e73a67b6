import { homedir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import {
  commands,
  type ExtensionContext,
  type LogOutputChannel,
  l10n,
  ProgressLocation,
  Uri,
  window,
  workspace,
} from "vscode";
import { ErrorCodes, type LanguageClient, type Middleware } from "vscode-languageclient/node";
import { Backoff } from "./backoff.ts";
import { connect, type Display } from "./client.ts";
import { examine } from "./doctor.ts";
import { Environment } from "./environment.ts";
import { onPath, runs } from "./find.ts";
import type { Keys } from "./keys.ts";
import type { Preview } from "./preview.ts";
import type { Check } from "./protocol.ts";
import { asVariables, forServer } from "./settings.ts";

/** Midfill's language server: found or installed, started, watched, and started again. */
export class Server {
  private client: LanguageClient | undefined;
  private installing = false;
  private starts = 0;
  private readonly environment: Environment;
  private readonly backoff = new Backoff();
  private readonly context: ExtensionContext;
  private readonly log: LogOutputChannel;
  private readonly display: Display;
  private readonly keys: Keys;
  private readonly completions: Middleware;
  private readonly preview: Preview;

  constructor(
    context: ExtensionContext,
    log: LogOutputChannel,
    display: Display,
    keys: Keys,
    completions: Middleware,
    preview: Preview,
  ) {
    this.context = context;
    this.log = log;
    this.display = display;
    this.keys = keys;
    this.completions = completions;
    this.preview = preview;
    this.environment = new Environment(context.globalStorageUri.fsPath);
  }

  /** Start the server that is there, in place of one that runs, or offer to install one. */
  async start(): Promise<void> {
    this.starts += 1;
    const start = this.starts;
    await this.stop();
    const program = await this.find();
    const environment = await this.variables();
    if (start !== this.starts) return; // a later one has begun
    if (!program) return this.offerInstall();
    this.display.starting();
    this.log.info(`Starting ${program}`);
    const client = connect(
      program,
      environment,
      this.context.extension,
      this.log,
      this.display,
      this.completions,
      this.preview,
      () => this.crashed(client),
    );
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      const ended = (error as { code?: number }).code === ErrorCodes.PendingResponseRejected;
      if (!ended) void this.failed(String(error)); // what is done about an end is told elsewhere
      return;
    }
    await this.checkVersion(program);
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose().catch((error) => this.log.warn(String(error))); // it has crashed, or hangs
  }

  /** Put the server that the extension carries into an environment of its own, and start it. */
  async install(): Promise<void> {
    if (this.installing) return; // it is offered in several places
    this.installing = true;
    await this.stop();
    this.display.installing();
    const title = l10n.t("Midfill: installing the server");
    const location = ProgressLocation.Notification;
    const failure = await window
      .withProgress({ location, title, cancellable: true }, async (progress, token) => {
        const stop = new AbortController();
        token.onCancellationRequested(() => stop.abort());
        const say = (line: string) => {
          this.log.info(line);
          progress.report({ message: line.slice(0, 100) });
        };
        const wheels = Uri.joinPath(this.context.extensionUri, "server").fsPath;
        await this.environment.install(wheels, say, stop.signal);
        await this.environment.accelerate(say, stop.signal).catch((error: Error) => {
          this.log.warn(String(error));
          void this.tell(l10n.t("The model will not run on the GPU. {0}", error.message));
        });
      })
      .then(
        () => undefined,
        (error: Error) => error,
      );
    this.installing = false;
    if (!failure) return this.start();
    this.display.missing();
    this.log.error(String(failure));
    await this.tell(l10n.t("The server was not installed. {0}", failure.message));
  }

  /** What `midfill doctor` finds; undefined: there is no server yet. */
  async examine(): Promise<Check[] | undefined> {
    const program = await this.find();
    if (!program) {
      await this.offerInstall();
      return undefined;
    }
    const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
    const settings = asVariables(forServer(this.context.extension));
    const environment = { ...settings, ...(await this.variables()) };
    const title = l10n.t("Midfill: looking for what is wrong");
    return window.withProgress({ location: ProgressLocation.Window, title }, () =>
      examine(program, folder, environment),
    );
  }

  /** The answer of a running server. */
  async request<T>(method: string, params: object = {}): Promise<T> {
    if (!this.client?.isRunning()) throw new Error(l10n.t("Midfill's server is not running"));
    return this.client.sendRequest<T>(method, params);
  }

  /** Tell a running server; nothing happens without one. */
  notify(method: string, params: object): void {
    if (this.client?.isRunning()) this.client.sendNotification(method, params).catch(() => {});
  }

  private async variables(): Promise<NodeJS.ProcessEnv> {
    return { ...process.env, ...(await this.keys.environment()) };
  }

  private async find(): Promise<string | undefined> {
    const chosen = chosenPath();
    if (chosen) return (await runs(chosen)) ? chosen : undefined;
    const own = this.environment.server;
    return (await onPath("midfill")) ?? ((await runs(own)) ? own : undefined);
  }

  private async offerInstall(): Promise<void> {
    this.display.missing();
    const chosen = chosenPath();
    const install = l10n.t("Install");
    const settings = l10n.t("Open Settings");
    const answer = await window.showInformationMessage(
      chosen
        ? l10n.t("{0} cannot be run: correct the setting midfill.path.", chosen)
        : l10n.t("Midfill needs its server. It can be installed into an environment of its own."),
      ...(chosen ? [settings] : [install, settings]),
    );
    if (answer === install) await this.install();
    if (answer === settings) {
      await commands.executeCommand("workbench.action.openSettings", "midfill.path");
    }
  }

  private async failed(why: string): Promise<void> {
    this.display.stopped(why);
    await this.tell(why);
  }

  private async tell(error: string): Promise<void> {
    const show = l10n.t("Open the Log");
    if ((await window.showErrorMessage(`Midfill: ${error}`, show)) === show) this.log.show();
  }

  private async checkVersion(program: string): Promise<void> {
    const served = this.client?.initializeResult?.serverInfo?.version ?? "";
    const ours = this.context.extension.packageJSON.version as string;
    if (minor(served) === minor(ours)) return;
    const own = program === this.environment.server;
    const update = l10n.t("Update");
    const answer = await window.showWarningMessage(
      l10n.t(
        "Midfill's server is version {0}, the extension is {1}. Bring {2} up to date.",
        served,
        ours,
        program,
      ),
      ...(own ? [update] : []),
    );
    if (answer === update) await this.install();
  }

  /** Whether the server that has ended is to be started again, after a while. */
  private async crashed(client: LanguageClient): Promise<boolean> {
    if (client !== this.client) return false; // another is in its place
    const wait = this.backoff.crashed(performance.now() / 1000);
    if (wait === undefined) {
      void this.failed(l10n.t("The server crashed again and again"));
      return false;
    }
    this.display.stopped(l10n.t("The server crashed; it is started again in {0} s", wait));
    await sleep(1000 * wait);
    return client === this.client;
  }
}

/** The program that the person names, which may begin with `~`; "": none. */
function chosenPath(): string {
  const path = workspace.getConfiguration("midfill").get("path", "");
  return path.replace(/^~(?=[/\\])/, homedir());
}

function minor(version: string): string {
  return version.split(".", 2).join(".");
}

import { type ExtensionContext, l10n, window } from "vscode";

const NAMES = "keys";

/** Keys of remote endpoints, in the editor's secret store, under the names of variables. */
export class Keys {
  private readonly context: ExtensionContext;

  constructor(context: ExtensionContext) {
    this.context = context;
  }

  /** The variables for the server's environment. */
  async environment(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const name of this.names) {
      const key = await this.context.secrets.get(name);
      if (key) found[name] = key;
    }
    return found;
  }

  /** Ask for a key and keep it; whether the person gave one. */
  async store(): Promise<boolean> {
    const name = await window.showInputBox({
      title: l10n.t("Set Key for Remote Endpoint"),
      prompt: l10n.t("The variable that `key_env` of the endpoint names in config.toml"),
      placeHolder: "VLLM_API_KEY",
      validateInput: (text) =>
        /^[A-Z_][A-Z0-9_]*$/i.test(text) ? undefined : l10n.t("Letters, digits and _ only"),
    });
    const key = name && (await window.showInputBox({ title: name, password: true }));
    if (!name || !key) return false;
    await this.context.secrets.store(name, key);
    await this.context.globalState.update(NAMES, [...new Set([...this.names, name])]);
    return true;
  }

  /** Ask which key to forget; whether one was. */
  async forget(): Promise<boolean> {
    const name = await window.showQuickPick([...this.names], { title: l10n.t("Forget Key") });
    if (!name) return false;
    await this.context.secrets.delete(name);
    await this.context.globalState.update(
      NAMES,
      this.names.filter((other) => other !== name),
    );
    return true;
  }

  private get names(): readonly string[] {
    return this.context.globalState.get<string[]>(NAMES, []);
  }
}

import {
  ConfigurationTarget,
  type TextDocument,
  type WorkspaceConfiguration,
  workspace,
} from "vscode";

const OURS = new Set(["path", "trace"]);

/**
 * The settings that somebody has set, in the server's own names: those left alone may be set in
 * `config.toml`, which a default of the editor's must not hide.
 */
export function forServer(properties: readonly string[]): object {
  const settings = workspace.getConfiguration("midfill");
  const given: Record<string, unknown> = {};
  for (const property of properties) {
    const name = property.replace(/^midfill\./, "");
    const [section = "", key] = name.split(".").map(snake);
    if (OURS.has(section) || !isSet(settings, name)) continue;
    if (key === undefined) given[section] = settings.get(name);
    else given[section] = { ...(given[section] as object), [key]: settings.get(name) };
  }
  return given;
}

/** Whether suggestions come by themselves in this document. */
export function isOn(document?: TextDocument): boolean {
  return workspace.getConfiguration("midfill", document).get("completion.enabled", true);
}

/** Switch suggestions the other way: everywhere, in the workspace, or for the document's language. */
export async function toggle(where: "everywhere" | "workspace" | TextDocument): Promise<void> {
  const ofLanguage = typeof where === "object";
  const settings = workspace.getConfiguration("midfill", ofLanguage ? where : undefined);
  const target = where === "workspace" ? ConfigurationTarget.Workspace : ConfigurationTarget.Global;
  await settings.update(
    "completion.enabled",
    !settings.get("completion.enabled"),
    target,
    ofLanguage,
  );
}

function isSet(settings: WorkspaceConfiguration, name: string): boolean {
  const found = settings.inspect(name);
  return [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].some(
    (value) => value !== undefined,
  );
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

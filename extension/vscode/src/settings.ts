import {
  ConfigurationTarget,
  type ExtensionContext,
  type TextDocument,
  type WorkspaceConfiguration,
  workspace,
} from "vscode";

const OURS = new Set(["path", "trace"]);

type Given = Record<string, unknown>;

/**
 * The settings that somebody has set, in the server's own names: those left alone may be set in
 * `config.toml`, which a default of the editor's must not hide.
 */
export function forServer({ packageJSON }: ExtensionContext["extension"]): Given {
  const settings = workspace.getConfiguration("midfill");
  const groups = packageJSON.contributes.configuration as { properties: object }[];
  const given: Given = {};
  for (const property of groups.flatMap((group) => Object.keys(group.properties))) {
    const name = property.replace(/^midfill\./, "");
    const [section = "", key] = name.split(".").map(snake);
    if (OURS.has(section) || !isSet(settings, name)) continue;
    if (key === undefined) given[section] = settings.get(name);
    else given[section] = { ...(given[section] as object), [key]: settings.get(name) };
  }
  return given;
}

/** The same as variables, for a program that is not told of settings. */
export function asVariables(given: Given, name = "MIDFILL"): Record<string, string> {
  const named = Object.entries(given).map(([key, value]): Record<string, string> => {
    const inner = `${name}_${key.toUpperCase()}`;
    const nested = value !== null && typeof value === "object" && !Array.isArray(value);
    return nested ? asVariables(value as Given, inner) : { [inner]: String(value) };
  });
  return Object.assign({}, ...named);
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

import {
  type ConfigurationScope,
  ConfigurationTarget,
  type ExtensionContext,
  type TextDocument,
  type WorkspaceConfiguration,
  workspace,
} from "vscode";

const OURS = new Set(["path", "trace"]);
const ENABLED = "completion.enabled";

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
    const value = name === ENABLED ? isOnSomewhere() : settings.get(name);
    if (key === undefined) given[section] = value;
    else given[section] = { ...(given[section] as object), [key]: value };
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

/** Whether suggestions come by themselves in this document, or in those of no language. */
export function isOn(document?: ConfigurationScope): boolean {
  return workspace.getConfiguration("midfill", document).get(ENABLED, true);
}

/** Whether VS Code shows grey text in this document, whoever it comes from. */
export function isShown(document?: ConfigurationScope): boolean {
  return workspace.getConfiguration("editor", document).get("inlineSuggest.enabled", true);
}

/**
 * Switch suggestions the other way: everywhere, in the workspace, or for the document's language.
 *
 * A setting that would say what holds without it is removed: it would stand in the way of the next
 * switch of a wider one.
 */
export async function toggle(where: "everywhere" | "workspace" | TextDocument): Promise<void> {
  const { Global, Workspace } = ConfigurationTarget;
  const settings = workspace.getConfiguration("midfill");
  const found = settings.inspect<boolean>(ENABLED);
  const on = !isOn(typeof where === "object" ? where : undefined);
  if (typeof where === "object") {
    const scope = { languageId: where.languageId };
    await workspace
      .getConfiguration("midfill", scope)
      .update(ENABLED, on === isOn() ? undefined : on, Global, true);
  } else if (where === "workspace") {
    const elsewhere = found?.globalValue ?? found?.defaultValue;
    await settings.update(ENABLED, on === elsewhere ? undefined : on, Workspace);
  } else {
    if (found?.workspaceValue !== undefined) await settings.update(ENABLED, undefined, Workspace);
    await settings.update(ENABLED, on, Global);
    for (const scope of on ? [] : languagesThatAreOn()) {
      await workspace.getConfiguration("midfill", scope).update(ENABLED, undefined, Global, true);
    }
  }
}

/** The server is asked by all languages. */
function isOnSomewhere(): boolean {
  return isOn() || languagesThatAreOn().length > 0;
}

/** Languages with a setting of their own that switches them on. */
function languagesThatAreOn(): { languageId: string }[] {
  const languages = workspace.getConfiguration("midfill").inspect(ENABLED)?.languageIds ?? [];
  return languages.map((languageId) => ({ languageId })).filter(isOn);
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

import {
  ConfigurationTarget,
  commands,
  l10n,
  type QuickPickItem,
  QuickPickItemKind,
  window,
  workspace,
} from "vscode";
import type { Model, Models } from "./protocol.ts";

/** Let the person choose a model; one that is not there is downloaded. */
export async function chooseModel({ models, variants }: Models): Promise<void> {
  const picked = models.find((model) => model.picked);
  const items: (QuickPickItem & { model?: string; fetch?: boolean })[] = [
    { label: l10n.t("Automatic"), description: l10n.t("what suits this machine"), model: "" },
    { label: "", kind: QuickPickItemKind.Separator },
    ...models.map((model) => ({
      label: `${model.installed ? "$(check)" : "$(cloud-download)"} ${model.short}`,
      description: described(model, picked),
      detail: detail(model),
      model: model.short,
      fetch: !model.installed,
    })),
    ...variants.map((variant) => ({
      label: `$(check) ${variant.short}`,
      description: l10n.t("optimised on this machine"),
      detail: size(variant.bytes),
      model: variant.short,
    })),
  ];
  const chosen = await window.showQuickPick(items, {
    title: l10n.t("Choose a Model"),
    placeHolder: l10n.t("Larger models write better and take longer"),
    matchOnDescription: true,
  });
  if (chosen?.model === undefined) return;
  // The download first: the setting of a model that is missing makes the server offer one.
  if (chosen.fetch) await commands.executeCommand("midfill.pullModel", chosen.model);
  await workspace
    .getConfiguration("midfill")
    .update("model", chosen.model || undefined, ConfigurationTarget.Global);
}

function described(model: Model, picked: Model | undefined): string {
  const speed = expected(model, picked);
  return model.picked ? [l10n.t("suits this machine"), speed].filter(Boolean).join(" · ") : speed;
}

function expected(model: Model, picked: Model | undefined): string {
  if (!model.fits) return l10n.t("needs more memory than there is");
  if (model.expected) {
    const time = Math.round(model.expected.suggestion_ms);
    return model.expected.late
      ? l10n.t("a suggestion in {0} ms, too slow for typing", time)
      : l10n.t("a suggestion in {0} ms", time);
  }
  if (!picked || model.picked) return "";
  if (model.bytes <= picked.bytes) return l10n.t("keeps up with typing");
  return l10n.t(
    "takes about {0} times as long as {1}",
    (model.bytes / picked.bytes).toFixed(1),
    picked.short,
  );
}

function detail(model: Model): string {
  const facts = [
    model.installed ? size(model.bytes) : l10n.t("{0} to download", size(model.bytes)),
    l10n.t("{0} of memory", size(model.memory)),
    model.licence_restricted ? l10n.t("{0}: no commercial use", model.licence) : model.licence,
  ];
  return facts.join(" · ");
}

function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

import { l10n } from "vscode";
import { bars, escaped, quantile, total } from "./charts.ts";
import type { Statistics } from "./protocol.ts";

/** Of latencies in milliseconds, as engine/statistics.py has them; null: longer ones. */
const BOUNDS = [10, 25, 50, 100, 200, 400, 800, 1600, 3200, null];

/** HTML that shows them. */
export function charts(statistics: Statistics): string {
  return `<h1>${escaped(l10n.t("The last {0} days", statistics.days))}</h1>
${body(statistics)}
<p>${escaped(l10n.t("These figures are kept on this machine and sent nowhere."))}</p>`;
}

function body({ latency, suggestions, characters, languages }: Statistics): string {
  const answers = Object.values(latency).flat();
  if (!answers.length && !suggestions.length) {
    return `<p>${escaped(l10n.t("There is nothing to show yet: type for a while."))}</p>`;
  }
  const sources = {
    model: l10n.t("by the model"),
    flight: l10n.t("begun earlier"),
    cache: l10n.t("from the cache"),
  };
  const shown = total(suggestions.map((day) => day.shown));
  const accepted = total(suggestions.map((day) => day.accepted));
  const partly = total(suggestions.map((day) => day.partly));
  const all = BOUNDS.map((bound): [number | null, number] => [
    bound,
    total(answers.filter(([other]) => other === bound).map(([, count]) => count)),
  ]);
  const count = total(all.map(([, count]) => count));
  const ahead = count - total((latency.model ?? []).map(([, count]) => count));
  const taken = [
    fact(l10n.t("Accepted, of {0} shown", shown), percent(accepted, shown)),
    fact(l10n.t("Of these in part"), percent(partly, accepted)),
    fact(
      l10n.t("Of the accepted text there a minute later"),
      percent(characters.kept, characters.accepted),
    ),
  ].join("\n");
  return `<dl>
${fact(l10n.t("Half of the suggestions within"), milliseconds(quantile(all, 0.5)))}
${fact(l10n.t("95 of 100 within"), milliseconds(quantile(all, 0.95)))}
${fact(l10n.t("There before they were asked for"), percent(ahead, count))}
${shown ? taken : fact(l10n.t("Accepted"), l10n.t("not known yet"))}
</dl>
<h2>${escaped(l10n.t("Latency: suggestions by milliseconds"))}</h2>
${legend(Object.values(sources))}
${bars(
  BOUNDS.map((bound) => ({
    label: bound === null ? l10n.t("more") : `${bound}`,
    parts: Object.keys(sources).map(
      (source) => latency[source]?.find(([other]) => other === bound)?.[1] ?? 0,
    ),
  })),
  Object.values(sources),
)}
${shown ? byDay(suggestions) + byLanguage(languages) : ""}`;
}

function byDay(suggestions: Statistics["suggestions"]): string {
  const outcomes = [l10n.t("accepted"), l10n.t("accepted in part"), l10n.t("not accepted")];
  const days = suggestions.map(({ day, shown, accepted, partly }) => ({
    label: day.slice(5),
    parts: [accepted - partly, partly, shown - accepted],
  }));
  return `<h2>${escaped(l10n.t("Acceptance by day"))}</h2>
${legend(outcomes)}
${bars(days, outcomes)}
`;
}

function byLanguage(languages: Statistics["languages"]): string {
  const rows = languages.map(
    ({ language, shown, accepted }) =>
      `<tr><td>${escaped(language)}</td><td>${shown}</td><td>${percent(accepted, shown)}</td></tr>`,
  );
  return `<h2>${escaped(l10n.t("Acceptance by language"))}</h2>
<table>${rows.join("")}</table>`;
}

function fact(name: string, value: string): string {
  return `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`;
}

function legend(names: readonly string[]): string {
  const entries = names.map((name, index) => `<li class="part${index}">${escaped(name)}</li>`);
  return `<ul>${entries.join("")}</ul>`;
}

function milliseconds(bound: number | null): string {
  return bound === null ? l10n.t("more than 3 s") : `${bound} ms`;
}

function percent(part: number, whole: number): string {
  return whole ? `${Math.round((100 * part) / whole)} %` : "–";
}

export const STYLE = `
h2 { margin-top: 2rem; font-size: 1.1rem; }
dl { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
dt { opacity: 0.7; }
dd { margin: 0; font-size: 1.8rem; }
ul { display: flex; gap: 1.5rem; padding: 0; list-style: none; }
li::before { display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.4em; background: currentColor; content: ""; }
svg { width: 100%; }
text { fill: var(--vscode-foreground); font-size: 9px; text-anchor: middle; }
.part0 { color: var(--vscode-charts-blue); fill: currentColor; }
.part1 { color: var(--vscode-charts-green); fill: currentColor; }
.part2 { color: var(--vscode-charts-orange); fill: currentColor; }
td { padding: 0.2rem 1.5rem 0.2rem 0; }
`;

import { execFile } from "node:child_process";
import { l10n } from "vscode";
import { escaped } from "./charts.ts";
import type { Check } from "./protocol.ts";

// Worst first, with what stands before each.
const MARKS = { error: "✗", warning: "!", ok: "✓" };
const ORDER = Object.keys(MARKS);

/**
 * What `midfill doctor` finds in this folder.
 *
 * @throws Error: it says nothing that can be read.
 */
export async function examine(
  program: string,
  cwd: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Check[]> {
  // Its exit status only says whether it has found something.
  const [told, failure] = await new Promise<[string, string]>((resolve) =>
    execFile(program, ["doctor", "--json"], { cwd, env }, (_, out, err) => resolve([out, err])),
  );
  if (!told) throw new Error(failure.trim() || l10n.t("{0} says nothing", program));
  const { checks } = JSON.parse(told) as { checks: Check[] };
  // It looks for editors that know Midfill, and this one does.
  return checks.filter(({ name }) => name !== "editor");
}

/** HTML that says what is wrong and what mends it, the worst first. */
export function findings(checks: readonly Check[]): string {
  const ordered = checks.toSorted(
    (one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status),
  );
  const wrong = checks.filter(({ status }) => status !== "ok").length;
  const title = wrong ? l10n.t("To mend: {0}", wrong) : l10n.t("Nothing is wrong");
  return `<h1>${escaped(title)}</h1>\n<dl>${ordered.map(finding).join("\n")}</dl>`;
}

function finding({ name, status, detail, fix }: Check): string {
  const mend = fix && `<dd class="fix">→ ${escaped(fix)}</dd>`;
  const what = `<dt class="${status}"><b>${MARKS[status]}</b> ${escaped(name)}</dt>`;
  return `${what}<dd>${escaped(detail)}</dd>${mend}`;
}

export const STYLE = `
dt { margin-top: 1rem; font-weight: 600; }
dd { margin: 0.2rem 0 0 1.4em; overflow-wrap: anywhere; }
dt b { display: inline-block; width: 1.2em; }
.ok b { color: var(--vscode-charts-green); }
.warning b { color: var(--vscode-charts-orange); }
.error b { color: var(--vscode-charts-red); }
.fix { user-select: text; }
`;

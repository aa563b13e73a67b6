/** The parameters of the server's notification `didChangeStatus`. */
export interface Shown {
  busy: boolean;
  kind: "Normal" | "Warning" | "Error" | "Inactive";
  message: string;
}

/** The answer to `midfill/status`: the state, and what the last completion cost. */
export interface Report extends Shown {
  reason: string | null;
  partial: boolean;
  model: string;
  backend: string;
  device: string;
  source: string;
  tokens_evaluated: number;
  tokens_reused: number;
  tokens_generated: number;
  ms: Record<string, number>;
}

/** A part of the answer to `midfill/models`. */
export interface Model {
  name: string;
  short: string;
  bytes: number;
  memory: number;
  licence: string;
  licence_restricted: boolean;
  installed: boolean;
  picked: boolean;
  /** Whether GPU and processor together have the memory that it needs. */
  fits: boolean;
  /** Known once a model has been measured on this machine. */
  expected: { suggestion_ms: number; late: boolean } | null;
}

/** A model made by `midfill models optimise`. */
export interface Variant {
  short: string;
  bytes: number;
}

export interface Models {
  models: Model[];
  variants: Variant[];
}

/** What the model is shown of another file, and why. */
export interface Piece {
  path: string;
  start_line: number;
  end_line: number;
  text: string;
  tokens: number;
  reason: string;
}

/** The answer to `midfill/context`. */
export interface Context {
  tokens: number;
  budget: number;
  pieces: Piece[];
  left_out: (Omit<Piece, "text"> & { why: string })[];
}

/**
 * The parameters of `midfill/didEndSuggestion`: characters accepted, whether there were others, and
 * how many were there a minute later.
 */
export interface Ended {
  languageId: string;
  accepted: number;
  partly: boolean;
  kept: number;
}

/** How many suggestions were shown, accepted, and of these in part. */
export interface Counts {
  shown: number;
  accepted: number;
  partly: number;
}

/** The answer to `midfill/statistics`. Latencies are histograms: [upper bound in ms, count]. */
export interface Statistics {
  days: number;
  latency: Record<string, [number | null, number][]>;
  suggestions: (Counts & { day: string })[];
  characters: { accepted: number; kept: number };
  languages: (Counts & { language: string })[];
}

/** One of the checks of `midfill doctor --json`; `fix` says what mends it. */
export interface Check {
  name: string;
  status: "ok" | "warning" | "error";
  detail: string;
  fix: string;
}

/** What the server's commands for repair answer. */
export interface Repaired {
  applied: boolean;
  checks: string[];
  verified: boolean;
}

const WIDTH = 640;
const HEIGHT = 160;
const LABEL = 20;
const WIDEST = 80;

/** A bar: its name below it, and its parts from the bottom to the top. */
export interface Bar {
  label: string;
  parts: number[];
}

/** An SVG with stacked bars; each part's `title` is what a pointer that rests there shows. */
export function bars(data: readonly Bar[], names: readonly string[]): string {
  const highest = Math.max(1, ...data.map(({ parts }) => total(parts)));
  const step = Math.min(WIDEST, WIDTH / data.length);
  const drawn = data.flatMap(({ label, parts }, column) => {
    let top = HEIGHT;
    const x = column * step;
    const rectangles = parts.map((part, index) => {
      const height = (part / highest) * (HEIGHT - LABEL);
      top -= height;
      const title = `<title>${escaped(`${label}, ${names[index]}: ${part}`)}</title>`;
      return `<rect class="part${index}" x="${round(x + 1)}" y="${round(top)}" width="${round(step - 2)}" height="${round(height)}">${title}</rect>`;
    });
    const text = `<text x="${round(x + step / 2)}" y="${HEIGHT + LABEL - 4}">${escaped(label)}</text>`;
    return [...rectangles, text];
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT + LABEL}" role="img">${drawn.join("")}</svg>`;
}

/** The smallest upper bound below which the share `quantile` of a histogram lies; null: none does. */
export function quantile(
  histogram: readonly (readonly [number | null, number])[],
  share: number,
): number | null {
  const wanted = share * total(histogram.map(([, count]) => count));
  let seen = 0;
  for (const [bound, count] of histogram) {
    seen += count;
    if (seen >= wanted) return bound;
  }
  return null;
}

export function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Text for HTML. */
export function escaped(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function round(number: number): string {
  return number.toFixed(1);
}

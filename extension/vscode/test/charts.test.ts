import assert from "node:assert/strict";
import { test } from "node:test";
import { bars, escaped, quantile } from "../src/charts.ts";

test("bars stack their parts up to the highest", () => {
  const svg = bars(
    [
      { label: "Mo", parts: [1, 3] },
      { label: "Tu", parts: [2, 0] },
    ],
    ["a", "b"],
  );
  const heights = [...svg.matchAll(/height="([\d.]+)"/g)].map(([, height]) => height);
  assert.deepEqual(heights, ["35.0", "105.0", "70.0", "0.0"]);
  assert.match(svg, /<title>Mo, b: 3<\/title>/);
});

test("names cannot break out of the page", () => {
  assert.equal(escaped('<script>"&"'), "&lt;script&gt;&quot;&amp;&quot;");
  assert.doesNotMatch(bars([{ label: "<b>", parts: [1] }], ["<i>"]), /<b>|<i>/);
});

test("a quantile is the bound that it lies below", () => {
  const histogram: [number | null, number][] = [
    [10, 50],
    [100, 45],
    [null, 5],
  ];
  assert.equal(quantile(histogram, 0.5), 10);
  assert.equal(quantile(histogram, 0.95), 100);
  assert.equal(quantile(histogram, 0.99), null);
});

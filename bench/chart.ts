/**
 * A picture of cost against size, both logarithmic, as SVG: readable on light and on dark ground, without
 * colours, and to a screen reader. Some hundred lines, where a charting library would bring a DOM.
 *
 * @module
 */

/** One line. */
interface Series {
  name: string;
  points: readonly { size: number; cost: number }[];
}

/** What the picture shows. */
export interface Chart {
  title: string;
  /** The same in words, for those who do not see it. */
  description: string;
  /** What the sizes count. */
  sizes: string;
  /** Says a cost in its unit. */
  format(cost: number): string;
  series: readonly Series[];
}

const WIDTH = 800;
const HEIGHT = 420;
const PLOT = { left: 78, right: 600, top: 52, bottom: 366 };
/** Between two lines of text. */
const LEADING = 16;

/** Of each series, in their order: told apart by dash and marker as well. On light, on dark. */
const LOOKS = [
  { light: "#0b62c4", dark: "#6cb0ff", dash: "", marker: "circle" },
  { light: "#b3400a", dark: "#ff9d66", dash: "7 4", marker: "square" },
  { light: "#2d7a2d", dark: "#7fd17f", dash: "2 4", marker: "diamond" },
  { light: "#666666", dark: "#a8a8a8", dash: "10 3 2 3", marker: "circle" },
] as const;

/** Draws it. */
export function drawChart({ title, description, sizes, format, series }: Chart): string {
  const drawn = series
    .map((one, index) => ({ ...one, look: index % LOOKS.length }))
    .filter(({ points }) => points.length > 0);
  const points = drawn.flatMap((one) => one.points);
  const across = decades(points.map((point) => point.size));
  const up = decades(points.map((point) => point.cost));
  const x = scale(across, PLOT.left, PLOT.right);
  const y = scale(up, PLOT.bottom, PLOT.top);

  const grid = [
    ...up.map(
      (cost) =>
        `<path class="grid" d="M${PLOT.left} ${y(cost)}H${PLOT.right}"/><text class="tick" x="${PLOT.left - 8}" y="${y(cost) + 4}" text-anchor="end">${escaped(format(cost))}</text>`,
    ),
    ...across.map(
      (size) =>
        `<text class="tick" x="${x(size)}" y="${PLOT.bottom + 20}" text-anchor="middle">${size.toLocaleString("en")}</text>`,
    ),
  ];
  const ends = drawn.map(({ points: of }) => y(of.at(-1)?.cost ?? 1));
  const labels = apart(ends, LEADING);
  const lines = drawn.map(({ name, points: of, look }, index) => {
    const path = of.map(({ size, cost }, i) => `${i === 0 ? "M" : "L"}${x(size)} ${y(cost)}`);
    const marks = of.map(({ size, cost }) => mark(LOOKS[look]?.marker, x(size), y(cost)));
    const last = of.at(-1);
    const said = `${name}: ${format(last?.cost ?? 0)}`;
    return `<g class="s${look}"><path class="line" d="${path.join("")}"/>${marks.join("")}<text x="${x(last?.size ?? 1) + 10}" y="${(labels[index] ?? 0) + 4}">${escaped(said)}</text></g>`;
  });

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<style>${style()}</style>
<text class="title" x="${PLOT.left}" y="26">${escaped(title)}</text>
${grid.join("\n")}
<text class="tick" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escaped(sizes)}</text>
${lines.join("\n")}
</svg>
`;
}

/** The powers of ten around some values: the first is not above, the last not below them. */
export function decades(values: readonly number[]): number[] {
  // 10 ** -2 and the like are exact enough for a picture, but their logarithms may fall short by a hair.
  const from = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
}

/** Moves texts as little as it takes for them not to overlap; they keep their order. */
export function apart(heights: readonly number[], distance: number): number[] {
  const moved = [...heights];
  const order = heights.map((_, index) => index).sort((a, b) => heights[a]! - heights[b]!);
  for (const [place, index] of order.entries()) {
    const above = order[place - 1];
    if (above !== undefined) moved[index] = Math.max(moved[index]!, moved[above]! + distance);
  }
  return moved;
}

function scale(ticks: readonly number[], from: number, to: number): (value: number) => number {
  const [first, last] = [Math.log10(ticks[0] ?? 1), Math.log10(ticks.at(-1) ?? 10)];
  return (value) => {
    const part = (Math.log10(value) - first) / (last - first);
    return Math.round((from + part * (to - from)) * 10) / 10;
  };
}

function mark(marker: string | undefined, x: number, y: number): string {
  if (marker === "square") return `<path class="mark" d="M${x - 4} ${y - 4}h8v8h-8z"/>`;
  if (marker === "diamond") return `<path class="mark" d="M${x} ${y - 5}l5 5-5 5-5-5z"/>`;
  return `<circle class="mark" cx="${x}" cy="${y}" r="4"/>`;
}

function style(): string {
  const colours = (shade: "light" | "dark") =>
    LOOKS.map(
      (look, i) =>
        `.s${i} text,.s${i} .mark{fill:${look[shade]}}.s${i} .line{stroke:${look[shade]}}`,
    ).join("");
  const dashes = LOOKS.map((look, i) =>
    look.dash ? `.s${i} .line{stroke-dasharray:${look.dash}}` : "",
  );
  return [
    "text{font:13px system-ui,sans-serif}.title{font-size:16px;font-weight:600}",
    ".line{fill:none;stroke-width:2.5}.grid{stroke:#808080;stroke-opacity:.3}",
    ...dashes,
    `.title,.tick{fill:#24292f}${colours("light")}`,
    `@media (prefers-color-scheme:dark){.title,.tick{fill:#d8dee4}${colours("dark")}}`,
  ].join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

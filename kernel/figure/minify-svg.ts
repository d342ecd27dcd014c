/** Makes Plotly's SVG small: a notebook's file holds it, and nobody will style it any more. */

/** Declarations that say what holds anyway. */
const defaults = new Set([
  "vector-effect:none",
  "stroke-dasharray:none",
  "stroke-dasharray:",
  "background:",
  "opacity:1",
  "fill-opacity:1",
  "stroke-opacity:1",
  "white-space:pre",
  "pointer-events:none",
  "pointer-events:all",
]);

/** The same picture with fewer characters. */
export function minifySvg(svg: string): string {
  let small = svg
    // Plotly's own stand-in for quotes, which it takes out of the text that browsers write.
    .replace(/(?:&quot;|")?TOBESTRIPPED(?:&quot;|")?/g, "'")
    // Plotly's pages have a style for this class.
    .replace(/ class="[^"]*\bcrisp\b[^"]*"/g, ' shape-rendering="crispEdges"')
    .replace(/ (?:class|data-[\w-]+|pointer-events)="[^"]*"| transform=""/g, "")
    .replace(/ style="([^"]*)"/g, (_, style: string) => {
      const kept = style
        .split(";")
        .map((declaration) => declaration.trim().replace(/: /g, ":").replace(/, /g, ","))
        .filter((declaration) => declaration !== "" && !defaults.has(declaration));
      return kept.length === 0
        ? ""
        : ` style="${kept.join(";").replace(/rgb\((\d+),(\d+),(\d+)\)/g, toHex)}"`;
    })
    // Sums of floating-point numbers in transforms.
    .replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100))
    .replace(/ \/>/g, "/>");
  for (let before = ""; before !== small;) {
    before = small;
    small = small
      .replace(/<(g|defs)(?: transform="[^"]*")?\/>/g, "")
      .replace(/<(g|defs)(?: transform="[^"]*")?><\/\1>/g, "")
      .replace(/<path(?: d="M0,0")?(?: style="[^"]*")?(?: shape-rendering="crispEdges")?\/>/g, "");
  }
  return hoistFont(small);
}

/** Names the font once when all texts have the same. */
function hoistFont(svg: string): string {
  const fonts = new Set(svg.match(/font-family:[^;"]*/g));
  const [font] = fonts;
  if (font === undefined || fonts.size > 1) return svg;
  const bare = svg.replaceAll(`${font};`, "").replaceAll(` style="${font}"`, "").replaceAll(`;${font}`, "");
  return bare.replace("<svg ", `<svg style="${font}" `);
}

function toHex(_: string, ...parts: string[]): string {
  return `#${parts
    .slice(0, 3)
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("")}`;
}

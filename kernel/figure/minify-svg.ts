/** Makes Plotly's SVG small: a notebook's file holds it, and nobody will style it any more. */

/** Declarations that say what holds anyway. */
const defaults = new Set([
  "vector-effect:none",
  "stroke-dasharray:",
  "background:",
  "opacity:1",
  "white-space:pre",
  "pointer-events:none",
  "pointer-events:all",
]);
/** The same for properties that a group may have given to what is in it. */
const inheritedDefaults = new Set(["fill-opacity:1", "stroke-opacity:1", "stroke-dasharray:none"]);

/** A tag with its attributes; ">" may stand in their values. */
const tags = /<(?:[^">]|"[^"]*")*>/g;

/** The same picture with fewer characters; text stays as it is. */
export function minifySvg(svg: string): string {
  const isInherited = /<g [^>]*(?:-opacity|stroke-dasharray):/.test(svg);
  let small = svg.replace(tags, (tag) => minifyTag(tag, isInherited));
  for (let before = ""; before !== small;) {
    before = small;
    small = small
      .replace(/<(g|defs)(?: transform="[^"]*")?\/>/g, "")
      .replace(/<(g|defs)(?: transform="[^"]*")?><\/\1>/g, "")
      .replace(/<path(?: d="M0,0")?(?: style="[^"]*")?(?: shape-rendering="crispEdges")?\/>/g, "");
  }
  return shareStyles(unwrapGroups(hoistFont(small.replace(circlePath, toCircle))));
}

function minifyTag(tag: string, isInherited: boolean): string {
  return (
    tag
      // Plotly's own stand-in for quotes, which it takes out of the text that browsers write.
      .replace(/(?:&quot;|")?TOBESTRIPPED(?:&quot;|")?/g, "'")
      // Plotly's pages have a style for this class.
      .replace(/ class="[^"]*\bcrisp\b[^"]*"/g, ' shape-rendering="crispEdges"')
      .replace(/ (?:class|data-[\w-]+|pointer-events)="[^"]*"| transform=""/g, "")
      .replace(/ style="([^"]*)"/g, (_, style: string) => minifyStyle(style, isInherited))
      // Sums of floating-point numbers.
      .replace(/ (?:d|transform|x|y|width|height|cx|cy|r)="[^"]*"/g, (attribute) =>
        attribute.replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100)),
      )
      .replace(/ \/>$/, "/>")
  );
}

function minifyStyle(style: string, isInherited: boolean): string {
  const kept = style
    .split(";")
    .map((declaration) => declaration.trim().replace(/: /g, ":").replace(/, /g, ","))
    .filter((one) => one !== "" && !defaults.has(one) && (isInherited || !inheritedDefaults.has(one)));
  return kept.length === 0 ? "" : ` style="${kept.join(";").replace(/rgb\((\d+),(\d+),(\d+)\)/g, toHex)}"`;
}

/** A marker of Plotly that is a circle around the origin, moved to its place. */
const circlePath =
  /<path d="M([\d.]+),0A\1,\1 0 1,1 0,-\1A\1,\1 0 0,1 \1,0Z"( style="[^"]*")? transform="translate\(([^,()]+),([^,()]+)\)"\/>/g;

function toCircle(_: string, r: string, style: string | undefined, x: string, y: string): string {
  return `<circle r="${r}" cx="${x}" cy="${y}"${style ?? ""}/>`;
}

/** Takes groups away that have no attribute. */
function unwrapGroups(svg: string): string {
  const kept: string[] = [];
  const isBare: boolean[] = [];
  for (const token of svg.match(/<(?:[^">]|"[^"]*")*>|[^<]+/g) ?? []) {
    if (token === "<g>") isBare.push(true);
    else if (token.startsWith("<g ") && !token.endsWith("/>")) isBare.push(false);
    if (token === "<g>" || (token === "</g>" && isBare.at(-1) === true)) {
      if (token === "</g>") isBare.pop();
      continue;
    }
    if (token === "</g>") isBare.pop();
    kept.push(token);
  }
  return kept.join("");
}

/** Names a style once for neighbours that have the same, such as points and the labels of an axis. */
function shareStyles(svg: string): string {
  return svg.replace(/(?:<(?:path|circle|rect)\b[^<>]*\/>|<text\b[^<>]*>[^<]*<\/text>){3,}/g, (run) => {
    const elements = run.match(/<(?:path|circle|rect)\b[^<>]*\/>|<text\b[^<>]*>[^<]*<\/text>/g) ?? [];
    let shared = "";
    for (let start = 0, end = 0; start < elements.length; start = end) {
      const style = styleOf(elements[start]);
      while (end < elements.length && styleOf(elements[end]) === style) end++;
      const same = elements.slice(start, end);
      shared +=
        style === undefined || same.length < 3
          ? same.join("")
          : `<g${style}>${same.map((element) => element.replace(style, "")).join("")}</g>`;
    }
    return shared;
  });
}

function styleOf(element: string | undefined): string | undefined {
  return / style="[^"]*"/.exec(element ?? "")?.[0];
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

/** How much room text takes, from the widths of a common font, since drawing outside a browser has no fonts. */

/** Advance widths of Helvetica and Arial for the characters 32 to 126, in thousandths of the font size. */
const widths = [
  ...[278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278],
  ...[556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556],
  ...[1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778],
  ...[667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556],
  ...[333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556],
  ...[556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584],
];
const firstCode = 32;
/** Verdana and DejaVu Sans, which viewers have in place of Plotly's font, are this much wider; labels must not be cut. */
const reserve = 1.17;
const boldFactor = 1.08;

/** From the baseline up, and from the top to the bottom, in units of the font size. */
export const ascent = 0.93;
/** The height of a line, in units of the font size. */
export const lineHeight = 1.2;

/** The width of a line of text in pixels. */
export function textWidth(text: string, fontSize: number, bold = false): number {
  let sum = 0;
  for (const character of text) sum += widthOf(character.codePointAt(0) ?? 0);
  return (sum / 1000) * fontSize * reserve * (bold ? boldFactor : 1);
}

function widthOf(code: number): number {
  const known = widths[code - firstCode];
  if (known !== undefined) return known;
  // Combining marks and joiners take no room of their own.
  if ((code >= 0x300 && code < 0x370) || (code >= 0x200b && code <= 0x200f) || code === 0xfe0f) return 0;
  // The minus sign of axis labels.
  if (code === 0x2212) return 584;
  if (code >= 0x1f000) return 1300;
  return code >= 0x2e80 ? 1000 : 600;
}

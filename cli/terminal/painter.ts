/** Colours on a terminal. */
import type { Screen } from "../../lib/viz/index.ts";

/** Colours for a terminal; the identity for anything else, and where NO_COLOR is set. */
export function createPainter(
  screen: Screen,
): (colour: "green" | "red" | "yellow" | "dim", text: string) => string {
  const noColour = process.env["NO_COLOR"];
  if (screen.isTTY !== true || (noColour !== undefined && noColour !== "")) return (_colour, text) => text;
  const codes = { green: 32, red: 31, yellow: 33, dim: 2 };
  return (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m`;
}

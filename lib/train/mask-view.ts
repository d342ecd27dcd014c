/** Shows token by token what is trained: as lines for a terminal, as HTML in a notebook. */
import { textsOf, type Batch, type TokenizedRow } from "../data/index.ts";
import { ignoreIndex } from "../labels.ts";
import { displaySymbol } from "../viz/index.ts";

/** What the view needs of a tokenizer. */
export interface MaskViewTokenizer {
  decode(ids: readonly number[]): string;
  /** Shows what is no whole character by itself. */
  convertIdsToTokens?(ids: readonly number[]): string[];
}

/** Whether a token is predicted and gets a loss, is only read, or fills a row up. */
export type TokenRole = "trained" | "read" | "padding";

/** One token of a view. */
export interface MaskedToken {
  id: number;
  text: string;
  role: TokenRole;
  /** Where it stands in its row. */
  position: number;
}

/** The tokens of one text; a packed row has several. */
export interface MaskedText {
  row: number;
  tokens: readonly MaskedToken[];
}

/** How a view is made. */
export interface MaskViewOptions {
  /** The most rows that are shown; 8 when left out. */
  maxRows?: number;
}

/** What is trained, as data, as text and as HTML. */
export interface MaskView {
  readonly texts: readonly MaskedText[];
  /** How many tokens there are, padding left out, and how many of them are trained; of all rows, shown or not. */
  readonly counts: Readonly<{ rows: number; tokens: number; trained: number }>;
  /** Lines for a terminal; tokens are parted by │, line breaks are ↵. */
  toString(options?: { color?: boolean }): string;
  /** A `<div>` without scripts. */
  toHtml(): string;
  [displaySymbol](): { "text/html": string; "text/plain": string };
}

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Control characters of a text must not reach a terminal. */
const visible = (text: string): string =>
  text
    .replaceAll("\r", "␍")
    .replaceAll("\n", "↵")
    .replaceAll("\t", "⇥")
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "�");

function textOf(id: number, tokenizer: MaskViewTokenizer): string {
  const text = tokenizer.decode([id]);
  // A byte of a longer character, or nothing that is seen.
  const isWhole = text !== "" && !text.includes("\ufffd");
  return visible(isWhole ? text : (tokenizer.convertIdsToTokens?.([id])[0] ?? `<${id}>`));
}

const isBatch = (given: TokenizedRow | readonly TokenizedRow[] | Batch): given is Batch =>
  "inputIds" in given && Array.isArray(given.inputIds[0]);

function rowsOf(given: TokenizedRow | readonly TokenizedRow[] | Batch): TokenizedRow[] {
  if (!("inputIds" in given)) return [...given];
  if (!isBatch(given)) return [given];
  const { inputIds, labels, attentionMask, positionIds } = given;
  return inputIds.map((ids, row) => ({
    inputIds: ids,
    labels: labels[row]!,
    ...(attentionMask && { attentionMask: attentionMask[row]! }),
    ...(positionIds && { positionIds: positionIds[row]! }),
  }));
}

/** The texts of a row. */
function maskedTexts(row: TokenizedRow, index: number, tokenizer: MaskViewTokenizer): MaskedText[] {
  const { inputIds, labels, attentionMask, positionIds } = row;
  // Where positions stand in place of a mask, padding is what stays at position 0 to the end.
  const filled = positionIds ? positionIds.findLastIndex((position) => position !== 0) + 1 : inputIds.length;
  const isFilling = (at: number): boolean =>
    attentionMask?.[at] === 0 || (at >= filled && at > 0 && labels[at] === ignoreIndex);
  const tokenAt = (at: number, start: number): MaskedToken => ({
    id: inputIds[at]!,
    text: textOf(inputIds[at]!, tokenizer),
    // Nothing predicts the first token of a text.
    role: isFilling(at) ? "padding" : labels[at] !== ignoreIndex && at > start ? "trained" : "read",
    position: at,
  });
  const texts: { row: number; tokens: MaskedToken[] }[] = [];
  for (const { start, end } of textsOf(row)) {
    const tokens = Array.from({ length: end - start }, (_, offset) => tokenAt(start + offset, start));
    const last = texts.at(-1);
    // Padding belongs to the text before it.
    if (last && tokens.every(({ role }) => role === "padding")) last.tokens.push(...tokens);
    else texts.push({ row: index, tokens });
  }
  return texts;
}

/** Runs of tokens of one role. */
function runsOf(tokens: readonly MaskedToken[]): MaskedToken[][] {
  const runs: MaskedToken[][] = [];
  for (const token of tokens) {
    const run = runs.at(-1);
    if (run?.[0]!.role === token.role) run.push(token);
    else runs.push([token]);
  }
  return runs;
}

const colours: Record<TokenRole, string> = {
  trained: "\u001b[1;34m",
  read: "\u001b[2m",
  padding: "\u001b[2;9m",
};
const styles: Record<TokenRole, string> = {
  trained: "background:#0072b2;color:#ffffff",
  read: "background:#eeeeee;color:#444444",
  padding: "color:#888888;text-decoration:line-through",
};

/**
 * Shows which tokens of a row, of several or of a batch get a loss. The value is shown as HTML where a notebook's cell ends with
 * it, and as lines of text otherwise.
 *
 * @example
 * maskView(tokenizeSFTRow({ prompt: "Dx:", completion: " PNA" }, tokenizer, new SFTConfig()), tokenizer).toString();
 */
export function maskView(
  given: TokenizedRow | readonly TokenizedRow[] | Batch,
  tokenizer: MaskViewTokenizer,
  { maxRows = 8 }: MaskViewOptions = {},
): MaskView {
  if (!(Number.isInteger(maxRows) && maxRows >= 1)) {
    throw new RangeError(`Cannot show ${maxRows} rows: give a whole number of at least 1`);
  }
  const rows = rowsOf(given);
  const texts = rows.slice(0, maxRows).flatMap((row, index) => maskedTexts(row, index, tokenizer));
  const all =
    rows.length <= maxRows ? texts : rows.flatMap((row, index) => maskedTexts(row, index, tokenizer));
  const tokens = all.flatMap((text) => text.tokens).filter(({ role }) => role !== "padding");
  const trained = tokens.filter(({ role }) => role === "trained").length;
  const counts = { rows: rows.length, tokens: tokens.length, trained };
  const rest = rows.length > maxRows ? `, ${maxRows} of ${rows.length} rows shown` : "";
  const title = `${trained} of ${tokens.length} tokens trained${rest}`;
  const labelOf = (index: number): string => {
    const { row } = texts[index]!;
    const first = texts.findIndex((text) => text.row === row);
    const isPacked = texts.some((text, at) => text.row === row && at !== first);
    return `row ${row}${isPacked ? `, text ${index - first}` : ""}`;
  };
  const toString = ({ color = false }: { color?: boolean } = {}): string => {
    const lines = texts.flatMap((text, index) => [
      ...(texts.length > 1 ? [labelOf(index)] : []),
      ...runsOf(text.tokens).map((run) => {
        const { role } = run[0]!;
        const joined = run.map((token) => token.text).join("│");
        return `  ${role.padEnd(7)}  ${color ? `${colours[role]}${joined}\u001b[0m` : joined}`;
      }),
    ]);
    return [title, ...lines].join("\n");
  };
  const toHtml = (): string => {
    const parts = texts.map((text, index) => {
      const spans = text.tokens.map(
        (token) =>
          `<span title="${token.position}: ${token.id}, ${token.role}" style="${styles[token.role]};margin-right:1px;border-radius:2px">` +
          `${escapeHtml(token.text).replaceAll("↵", "↵\n")}</span>`,
      );
      const label = texts.length > 1 ? `<div style="margin-top:8px"><b>${labelOf(index)}</b></div>` : "";
      return `${label}<pre style="white-space:pre-wrap;line-height:1.7;margin:4px 0">${spans.join("")}</pre>`;
    });
    const legend = (["trained", "read"] as const)
      .map((role) => `<span style="${styles[role]};padding:0 4px;border-radius:2px">${role}</span>`)
      .join(" ");
    return `<div><div>${title} ${legend}</div>${parts.join("")}</div>`;
  };
  return {
    ...{ texts, counts, toString, toHtml },
    [displaySymbol]: () => ({ "text/html": toHtml(), "text/plain": toString() }),
  };
}

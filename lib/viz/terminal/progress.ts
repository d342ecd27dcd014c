/** Progress of long work, as a cell reports it and as a line of a terminal shows it. */
import { formatCount, formatDuration } from "./duration.ts";

/** The MIME type under which a cell's display carries its progress. */
export const progressMime = "application/vnd.residency.progress+json";

/** One report of progress; `total` is 0 where the end is not known. */
export interface Progress {
  label: string;
  step: number;
  total: number;
  /** What is counted, in the plural; `steps` when absent. */
  unit?: string;
  /** Nats a trained token. */
  loss?: number;
  tokensPerSecond?: number;
  etaSeconds?: number;
}

/**
 * Reads progress out of a MIME bundle; undefined when the bundle carries none or not in this form.
 *
 * @example
 * progressOf({ "text/plain": "42" }); // → undefined
 */
export function progressOf(bundle: Readonly<Record<string, unknown>>): Progress | undefined {
  const value = bundle[progressMime];
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const number = (key: string) => {
    const field = fields.get(key);
    return typeof field === "number" && Number.isFinite(field) ? field : undefined;
  };
  const step = number("step");
  const total = number("total");
  if (step === undefined || total === undefined) return undefined;
  const label = fields.get("label");
  const unit = fields.get("unit");
  const loss = number("loss");
  const tokensPerSecond = number("tokensPerSecond");
  const etaSeconds = number("etaSeconds");
  return {
    label: typeof label === "string" ? singleLine(label) : "",
    step,
    total,
    ...(typeof unit === "string" ? { unit: singleLine(unit) } : {}),
    ...(loss === undefined ? {} : { loss }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
    ...(etaSeconds === undefined ? {} : { etaSeconds }),
  };
}

/**
 * The figures of a report: `120/240 steps · loss 1.234 · 1,234 tok/s · 2 min 05 s left`.
 *
 * @example
 * formatFigures({ label: "train", step: 3, total: 9, unit: "steps", loss: 1.25 }); // → "3/9 steps · loss 1.250"
 */
export function formatFigures(progress: Progress): string {
  const { step, total, unit = "steps", loss, tokensPerSecond, etaSeconds } = progress;
  const parts = [`${formatCount(step)}${total > 0 ? `/${formatCount(total)}` : ""} ${unit}`];
  if (loss !== undefined) parts.push(`loss ${loss.toFixed(3)}`);
  if (tokensPerSecond !== undefined) parts.push(`${formatCount(tokensPerSecond)} tok/s`);
  if (etaSeconds !== undefined && step < total) parts.push(`${formatDuration(etaSeconds)} left`);
  return parts.join(" · ");
}

/**
 * A bar of `width` columns, filled to `fraction` in eighths of a column.
 *
 * @example
 * formatBar(0.5, 4); // → "██░░"
 */
export function formatBar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(Math.max(fraction, 0), 1) * width * 8);
  const partial = eighths % 8 === 0 ? "" : ["▏", "▎", "▍", "▌", "▋", "▊", "▉"][(eighths % 8) - 1]!;
  return ("█".repeat(Math.floor(eighths / 8)) + partial).padEnd(width, "░");
}

/**
 * The live line on a terminal: label, bar, figures; the bar gives way where `columns` are few.
 *
 * @example
 * formatProgress({ label: "train", step: 3, total: 9, unit: "steps" }, 20); // the figures alone
 */
export function formatProgress(progress: Progress, columns = 80): string {
  const figures = formatFigures(progress);
  const label = progress.label === "" ? "" : `${progress.label}  `;
  const width = Math.min(24, columns - label.length - figures.length - 2);
  if (progress.total <= 0 || width < 6) return label + figures;
  return `${label}${formatBar(progress.step / progress.total, width)}  ${figures}`;
}

/**
 * The same without a bar, for logs.
 *
 * @example
 * formatPlainProgress({ label: "train", step: 3, total: 12, unit: "steps" }); // → "train: 3/12 steps (25 %)"
 */
export function formatPlainProgress(progress: Progress): string {
  const percent = progress.total > 0 ? ` (${Math.floor((100 * progress.step) / progress.total)} %)` : "";
  return `${progress.label}: ${formatFigures(progress)}${percent}`;
}

/**
 * A text in one line: control characters of a notebook's text must not reach the terminal.
 *
 * @example
 * singleLine("two\nlines"); // → "two lines"
 */
export function singleLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}

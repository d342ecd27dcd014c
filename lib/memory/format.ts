/** Shows bytes and ledgers: as text for a terminal, as rows for a notebook's table. */
import { memoryComponents, type MemoryComponent, type MemoryLedger } from "./ledger.ts";

/**
 * Bytes in binary units (KiB is 1024 bytes) to three digits or so.
 *
 * @example
 * formatBytes(15.5 * 1024 ** 3); // → "15.5 GiB"
 */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  while (Math.abs(size) >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(size) >= 100 ? 0 : Math.abs(size) >= 10 ? 1 : 2;
  return `${size.toFixed(digits)} ${units[unit]}`;
}

/** A row of {@link ledgerRows}. */
export interface LedgerRow {
  component: MemoryComponent | "total";
  bytes: number;
  /** The same in words. */
  size: string;
  /** Of the total, in [0, 1]. */
  share: number;
}

/**
 * One row a component that takes memory, and the total: what a notebook shows as a table.
 *
 * @example
 * ledgerRows(estimateMemory(config, { method: "full", batch: 1, seq: 64 })).at(-1)?.component; // → "total"
 */
export function ledgerRows({ byComponent, totalBytes }: MemoryLedger): LedgerRow[] {
  const row = (component: LedgerRow["component"], bytes: number): LedgerRow => ({
    component,
    bytes,
    size: formatBytes(bytes),
    share: totalBytes === 0 ? 0 : bytes / totalBytes,
  });
  const filled = memoryComponents.filter((component) => byComponent[component] > 0);
  return [...filled.map((component) => row(component, byComponent[component])), row("total", totalBytes)];
}

/** A row of {@link layerRows}: a layer, and the bytes of each component in it. */
export type LayerRow = { layer: string; total: number } & Record<MemoryComponent, number>;

/**
 * One row a layer, in the order of the model, in bytes.
 *
 * @example
 * layerRows(estimateMemory(config, { method: "inference", batch: 1, seq: 64 })).length > 4; // → true
 */
export function layerRows({ entries, byLayer }: MemoryLedger): LayerRow[] {
  return Object.entries(byLayer).map(([layer, total]) => {
    const none = Object.fromEntries(memoryComponents.map((name) => [name, 0]));
    const row = { layer, total, ...none } as LayerRow;
    for (const entry of entries) if (entry.layer === layer) row[entry.component] += entry.bytes;
    return row;
  });
}

/**
 * A ledger as text: component, size, share of the total and a bar.
 *
 * @example
 * const text = formatLedger(estimateMemory(config, { method: "lora", batch: 2, seq: 128, loraRank: 8 }));
 */
export function formatLedger(ledger: MemoryLedger): string {
  const rows = ledgerRows(ledger);
  const names = Math.max(...rows.map(({ component }) => component.length));
  const sizes = Math.max(...rows.map(({ size }) => size.length));
  const lines = rows.map(({ component, size, share }) => {
    const bar = component === "total" ? `at the peak: ${ledger.moment}` : "█".repeat(Math.round(30 * share));
    const percent = `${(100 * share).toFixed(1)}%`.padStart(6);
    return `${component.padEnd(names)}  ${size.padStart(sizes)}  ${percent}  ${bar}`.trimEnd();
  });
  return lines.join("\n");
}

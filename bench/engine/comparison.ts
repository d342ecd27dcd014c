/** Medians of measurements and the ratios between this library and the others. */
import type { Measurement } from "./measure-workload.ts";
import { median } from "./median.ts";
import { ownName } from "./peer.ts";

/** A measurement and whose it is. */
export interface PeerMeasurement extends Measurement {
  peer: string;
  round: number;
  /** The cores that other programs kept busy meanwhile; null where it is not known. */
  other_cores: number | null;
}

/** A program that did not get through a workload, and the first line of why; it is not asked again. */
export interface PeerFailure {
  peer: string;
  workload: string;
  error: string;
}

/** One program on one workload over all rounds. */
export interface ComparisonRow {
  workload: string;
  peer: string;
  engine: string;
  rounds: number;
  /** Medians. */
  tokens_per_s: number;
  ms_per_step: number;
  /** Milliseconds of the fastest step of all rounds. */
  ms_fastest: number;
  peak_rss_mb: number;
  /** The median of the cores that other programs kept busy. */
  other_cores: number | null;
  /** The slowest and the fastest round, which show the noise. */
  slowest: number;
  fastest: number;
  /** This library's tokens a second divided by the peer's, of the medians; 1 for itself, null without its own figure. */
  speed_ratio: number | null;
  /** The same of the fastest step of all rounds, which other work on the machine disturbs least. */
  fastest_ratio: number | null;
  /** This library's peak memory divided by the peer's. */
  memory_ratio: number | null;
}

/**
 * The line of a failed program's message that says most: the last that names an error, without a stack.
 *
 * @example
 * failureReason("it ended with code 7\nRuntimeError: Aborted(). Build with …\n    at abort (…)"); // "RuntimeError: Aborted()…"
 */
export function failureReason(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const error = lines.findLast((line) => /^\w*(Error|Exception)\b.*:/.test(line));
  return (error ?? lines[0]!).slice(0, 120);
}

function medianOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

/** One row a workload and program, in the order of their first measurements. */
export function compare(measurements: readonly PeerMeasurement[]): ComparisonRow[] {
  const groups = new Map<string, PeerMeasurement[]>();
  for (const measurement of measurements) {
    const key = JSON.stringify([measurement.workload, measurement.peer]);
    groups.set(key, [...(groups.get(key) ?? []), measurement]);
  }
  const medians = [...groups.values()].map((group) => {
    const { workload, peer, engine } = group[0]!;
    const speeds = group.map((one) => one.tokens_per_s);
    return {
      workload,
      peer,
      engine,
      rounds: group.length,
      tokens_per_s: median(speeds),
      ms_per_step: median(group.map((one) => one.ms_per_step)),
      ms_fastest: Math.min(...group.map((one) => one.ms_fastest)),
      peak_rss_mb: median(group.map((one) => one.peak_rss_mb)),
      other_cores: medianOfKnown(group.map((one) => one.other_cores)),
      slowest: Math.min(...speeds),
      fastest: Math.max(...speeds),
    };
  });
  return medians.map((row) => {
    const own = medians.find(({ workload, peer }) => workload === row.workload && peer === ownName);
    return {
      ...row,
      speed_ratio: own ? own.tokens_per_s / row.tokens_per_s : null,
      fastest_ratio: own ? row.ms_fastest / own.ms_fastest : null,
      memory_ratio: own ? own.peak_rss_mb / row.peak_rss_mb : null,
    };
  });
}

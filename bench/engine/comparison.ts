/** Medians of measurements and the ratios between this library and the others. */
import type { Measurement } from "./measure-workload.ts";
import { median } from "./median.ts";
import { ownName } from "./peer.ts";

/** A measurement and whose it is. */
export interface PeerMeasurement extends Measurement {
  peer: string;
  round: number;
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
  peak_rss_mb: number;
  /** The slowest and the fastest round, which show the noise. */
  slowest: number;
  fastest: number;
  /** This library's tokens a second divided by the peer's, of the medians; 1 for itself, null without its own figure. */
  speed_ratio: number | null;
  /** The same of the fastest rounds, which other work on the machine disturbs least. */
  fastest_ratio: number | null;
  /** This library's peak memory divided by the peer's. */
  memory_ratio: number | null;
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
      peak_rss_mb: median(group.map((one) => one.peak_rss_mb)),
      slowest: Math.min(...speeds),
      fastest: Math.max(...speeds),
    };
  });
  return medians.map((row) => {
    const own = medians.find(({ workload, peer }) => workload === row.workload && peer === ownName);
    return {
      ...row,
      speed_ratio: own ? own.tokens_per_s / row.tokens_per_s : null,
      fastest_ratio: own ? own.fastest / row.fastest : null,
      memory_ratio: own ? own.peak_rss_mb / row.peak_rss_mb : null,
    };
  });
}

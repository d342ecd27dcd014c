/** run_state.json: position, sums, streams of chance and callbacks of a run, so that it goes on to the bit. */
import { ResidencyError } from "../errors.ts";
import type { RunProgress } from "./run-progress.ts";

/** The state of a stream of random numbers. */
export type RandomState = [number, number, number, number];

/** All of a run that is neither parameter, nor optimiser, nor log. */
export interface RunState {
  progress: RunProgress;
  /** The sampler's order of an epoch follows from seed and epoch; dropout goes on from here. */
  randomStates: { dropout: RandomState };
  /** The schedule's rate follows from the step. */
  scheduler: { type: string; step: number; learningRate: number };
  callbacks: Readonly<Record<string, Readonly<Record<string, number>>>>;
  fingerprints: {
    trainDataset: string;
    evalDataset: string;
    frozenParameters: string;
    /** Of what the run is measured against, where it has a reference. */
    reference?: string;
  };
  rows: { train: number; evaluation: number };
}

function refuse(what: string): never {
  throw new ResidencyError("E_CHECKPOINT", `Cannot read run_state.json: ${what}`);
}

/** Reads nested fields of known types. */
function reader(json: unknown, at: string) {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return refuse(`${at} is no object`);
  const fields = new Map<string, unknown>(Object.entries(json));
  return {
    names: () => [...fields.keys()],
    number(name: string): number {
      const value = fields.get(name);
      return typeof value === "number" ? value : refuse(`${at}.${name} is no number`);
    },
    text(name: string): string {
      const value = fields.get(name);
      return typeof value === "string" ? value : refuse(`${at}.${name} is no text`);
    },
    flag(name: string): boolean {
      const value = fields.get(name);
      return typeof value === "boolean" ? value : refuse(`${at}.${name} is neither true nor false`);
    },
    of: (name: string) => reader(fields.get(name), `${at}.${name}`),
    list: (name: string): unknown[] => {
      const value = fields.get(name);
      return Array.isArray(value) ? value : refuse(`${at}.${name} is no list`);
    },
  };
}

/** Numbers by name. */
function numbers(fields: ReturnType<typeof reader>): Record<string, number> {
  return Object.fromEntries(fields.names().map((name) => [name, fields.number(name)]));
}

function parseRandomState(value: unknown[]): RandomState {
  const isState = value.length === 4 && value.every((word) => Number.isInteger(word));
  return isState ? (value as RandomState) : refuse("a state of random numbers is not four whole numbers");
}

/**
 * Reads the content of run_state.json.
 *
 * @throws ResidencyError E_CHECKPOINT naming what is missing or of another type.
 */
export function parseRunState(json: unknown): RunState {
  const root = reader(json, "state");
  const progress = root.of("progress");
  const position = progress.of("position");
  const logged = progress.of("logged");
  const metrics = progress.of("metrics");
  const scheduler = root.of("scheduler");
  const callbacks = root.of("callbacks");
  const fingerprints = root.of("fingerprints");
  const rows = root.of("rows");
  return {
    progress: {
      position: {
        epoch: position.number("epoch"),
        window: position.number("window"),
        epochEnded: position.flag("epochEnded"),
      },
      lossSum: progress.number("lossSum"),
      tokens: progress.number("tokens"),
      logged: {
        step: logged.number("step"),
        tokens: logged.number("tokens"),
        lossSum: logged.number("lossSum"),
      },
      metrics: Object.fromEntries(
        metrics.names().map((name) => {
          const figure = metrics.of(name);
          return [name, { sum: figure.number("sum"), count: figure.number("count") }];
        }),
      ),
    },
    randomStates: { dropout: parseRandomState(root.of("randomStates").list("dropout")) },
    scheduler: {
      type: scheduler.text("type"),
      step: scheduler.number("step"),
      learningRate: scheduler.number("learningRate"),
    },
    callbacks: Object.fromEntries(callbacks.names().map((name) => [name, numbers(callbacks.of(name))])),
    fingerprints: {
      trainDataset: fingerprints.text("trainDataset"),
      evalDataset: fingerprints.text("evalDataset"),
      frozenParameters: fingerprints.text("frozenParameters"),
      ...(fingerprints.names().includes("reference") && { reference: fingerprints.text("reference") }),
    },
    rows: { train: rows.number("train"), evaluation: rows.number("evaluation") },
  };
}

/** How far a run has come: what, beside parameters and optimiser, makes it go on as if it had not stopped. */
import type { FigureSums } from "./metrics.ts";

/** Where in the data a run stands. Windows of accumulation are never cut: a step is done or not. */
export interface DataPosition {
  epoch: number;
  /** Optimiser steps done in this epoch. */
  window: number;
  /** Whether what happens at the end of the epoch has happened. */
  epochEnded: boolean;
}

/** Sums that the log is made of. */
export interface RunProgress {
  position: DataPosition;
  /** Sum of the losses of all steps. */
  lossSum: number;
  /** Real tokens of all steps. */
  tokens: number;
  /** The same at the last entry of the log. */
  logged: { step: number; tokens: number; lossSum: number };
  metrics: FigureSums;
}

/** A run before its first step. */
export const startOfRun = (): RunProgress => ({
  position: { epoch: 0, window: 0, epochEnded: false },
  lossSum: 0,
  tokens: 0,
  logged: { step: 0, tokens: 0, lossSum: 0 },
  metrics: {},
});

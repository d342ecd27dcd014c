/** This library's side of the loss check: writes weights and batches to a file, then trains five steps on them. */
import { encodeSafetensors } from "../../lib/formats/index.ts";
import { writeFileAtomically } from "../../lib/hub/index.ts";
import { stateDict } from "../../lib/models/index.ts";
import { startBackend } from "./measure-workload.ts";
import { buildModel, trainingRows } from "./model.ts";
import { timeTraining } from "./time-training.ts";
import type { TrainingWorkload } from "./workload.ts";

/** One round of the batches and one step more, whose loss shows what four updates did. */
export const checkSteps = 5;

/** The tensor of the file that holds the tokens, `[4 · B, seq + 1]`; float32 holds them exactly. */
const batchesName = "batches";

/** The losses of one side, in nats a token. */
export interface CheckedLosses {
  engine: string;
  losses: number[];
}

/** Writes the file that PyTorch's side reads, and trains. */
export async function trainForCheck(workload: TrainingWorkload, file: string): Promise<CheckedLosses> {
  const { engine } = await startBackend();
  const model = buildModel(workload);
  const rows = trainingRows(workload);
  const batches = { shape: [rows.length, workload.seq + 1], values: Float32Array.from(rows.flat()) };
  // The peer has one adapter, and no name for it.
  const named = Object.entries(await stateDict(model.root)).map(([name, tensor]) => [
    name.replace(".default.", "."),
    tensor,
  ]);
  const tensors = {
    ...(Object.fromEntries(named) as Awaited<ReturnType<typeof stateDict>>),
    [batchesName]: batches,
  };
  writeFileAtomically(file, encodeSafetensors(tensors, { workload: JSON.stringify(workload) }));
  const { losses } = await timeTraining(model, rows, { batch: workload.batch, end: { steps: checkSteps } });
  return { engine, losses };
}

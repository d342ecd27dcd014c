/** Refuses a run before its first step when it could not train anything, or not as its arguments say. */
import { ResidencyError } from "../errors.ts";
import { setGradientCheckpointing, type CausalLanguageModel } from "../nn/index.ts";
import type { TrainingArguments } from "./arguments.ts";
import type { RowLoss } from "./row-loss.ts";

/** What a run is to be made of; the evaluation rows are those with an item. */
export interface RunParts<Row> {
  model: CausalLanguageModel;
  args: TrainingArguments;
  trainRows: readonly Row[];
  evalRows: readonly Row[];
  loss: Pick<RowLoss<Row>, "itemsOf">;
}

/** @throws ResidencyError E_DATASET when no row can be trained or evaluated on; E_CONFIG when nothing is trainable. */
export function checkRun<Row>({ model, args, trainRows, evalRows, loss }: RunParts<Row>): void {
  if (!trainRows.some((row) => loss.itemsOf(row) > 0)) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot train on ${trainRows.length} rows: none has anything to train on (a label other than -100 behind its first token)`,
    );
  }
  if (model.root.trainableParameters().size === 0) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot train the model: none of its parameters requires a gradient",
    );
  }
  if (args.gradientCheckpointing && setGradientCheckpointing(model.root, false) === 0) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot train with gradientCheckpointing: no part of this model can make its activations again; leave it out",
    );
  }
  if (args.evalStrategy !== "no" && evalRows.length === 0) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot train with evalStrategy "${args.evalStrategy}": the evalDataset has no row with labels`,
    );
  }
}

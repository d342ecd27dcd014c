/** Reads the folder of an adapter and puts its values into layers that were made for it. */
import { pretrainedFolder, type DownloadOptions } from "../hub/index.ts";
import type { SeededRandom } from "../random.ts";
import { fromAdapterConfigJson } from "./adapter-config.ts";
import { adapterParameters, assignAdapter, checkAdapterTensors } from "./adapter-state.ts";
import { takeStartOutOfBase, type AdaptedModel } from "./inject.ts";
import { readAdapterFolder } from "./node.ts";
import type { AnyLoraConfig } from "./targets.ts";
import type { TensorReads } from "./tensor-reads.ts";

/** Options of `PeftModel.fromPretrained` and `PeftModel.loadAdapter`; those of a download are for the hub. */
export interface LoadAdapterOptions extends DownloadOptions {
  adapterName?: string;
  /** Whether the adapter can be trained on; true when left out. */
  isTrainable?: boolean;
}

/** An adapter as it lies in a folder. */
export interface StoredAdapter {
  folder: string;
  config: AnyLoraConfig;
  tensors: ReturnType<typeof readAdapterFolder>["tensors"];
}

/** Reads an adapter from a folder, or from `owner/name` of the hub. */
export async function readAdapter(nameOrFolder: string, download: DownloadOptions): Promise<StoredAdapter> {
  const folder = await pretrainedFolder(nameOrFolder, "adapter", download);
  const { config, tensors } = readAdapterFolder(folder);
  return { folder, config: fromAdapterConfigJson(config), tensors };
}

/**
 * Gives the layers of an adapter, which are there already, its values.
 *
 * @throws ResidencyError E_CHECKPOINT when a tensor is missing, unknown or of another shape; nothing has been assigned then.
 */
export function* fillAdapter(
  model: AdaptedModel,
  name: string,
  { folder, config, tensors }: StoredAdapter,
  random: SeededRandom,
): TensorReads<void> {
  const parameters = adapterParameters(model, name, config);
  checkAdapterTensors(parameters, model, tensors, folder);
  yield* takeStartOutOfBase(model, name, { config, random });
  assignAdapter(parameters, model, tensors);
}

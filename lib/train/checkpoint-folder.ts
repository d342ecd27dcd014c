/** The checkpoints that an earlier run has left in a folder: the newest of them, and none of them any more. */
import { folderCheckpointStore } from "./node.ts";

/**
 * Finds the newest whole checkpoint of a folder, so that one line starts a run and also goes on with it; undefined when the folder
 * has none, or is not there. After `get_last_checkpoint` of transformers' `trainer_utils`; drafts that a killed process left do not count.
 *
 * @example
 * await getLastCheckpoint("out/no-such-run"); // → undefined
 * // await trainer.train({ resumeFromCheckpoint: await getLastCheckpoint(args.outputDir) });
 */
export async function getLastCheckpoint(folder: string): Promise<string | undefined> {
  const store = folderCheckpointStore(folder);
  const { complete } = await store.list();
  const newest = complete.at(-1);
  return newest === undefined ? undefined : store.pathOf(newest);
}

/**
 * Removes the whole checkpoints of a folder, once what they were for is saved; other files stay.
 *
 * @example
 * await removeCheckpoints("out/no-such-run");
 * await getLastCheckpoint("out/no-such-run"); // → undefined
 */
export async function removeCheckpoints(folder: string): Promise<void> {
  const store = folderCheckpointStore(folder);
  for (const name of (await store.list()).complete) await store.remove(name);
}

/** Tells the kernel when a cell has changed the folder, since types of later imports are looked up from there. */
import { send } from "./channel.ts";

let known = process.cwd();

/** Reports the folder when it is another than at the last call. */
export function reportFolder(): void {
  let folder: string;
  try {
    folder = process.cwd();
  } catch {
    // Somebody has removed it.
    return;
  }
  if (folder === known) return;
  known = folder;
  send({ type: "folder", folder });
}

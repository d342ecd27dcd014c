/** What is said when a disk refuses a checkpoint or a log. */
import { ResidencyError } from "../errors.ts";

/** An E_SAVE that says why a folder could not be written to, from what the system said. */
export function cannotWrite(place: string, cause: unknown): ResidencyError {
  const { code = "" } = cause as { code?: string };
  const reasons: Record<string, string> = {
    ENOSPC: "the disk is full",
    EDQUOT: "the quota of the disk is used up",
    EFBIG: "a file may not become that large",
    EACCES: "the folder may not be written to",
    EPERM: "the folder may not be written to",
    EROFS: "the disk may only be read",
    ENOTDIR: "a part of the path is a file",
    EEXIST: "a part of the path is a file",
  };
  const reason = reasons[code] ?? "the system refused";
  return new ResidencyError(
    "E_SAVE",
    `Cannot write to ${place}: ${reason}${code === "" ? "" : ` (${code})`}. The checkpoints that were there are whole, and the ` +
      "model keeps its weights; make room or choose another folder, and resume",
    { cause },
  );
}

/** Jobs for `accelerate launch` from a page: refused, since they are folders for a command line. */
import { ResidencyError } from "../../errors.ts";
import type * as node from "./node.ts";

/** Rejects with ResidencyError E_PLATFORM: the folder is for a machine with a command line. */
export const exportAccelerate: typeof node.exportAccelerate = () =>
  Promise.reject(
    new ResidencyError(
      "E_PLATFORM",
      "Cannot write a job for accelerate in a browser: run `residency export --to accelerate` on a machine with Node",
    ),
  );

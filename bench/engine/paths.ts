/** Where the repository and the benchmarks' files are, seen from the compiled code. */
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json. */
export const repositoryRoot = path.resolve(fileURLToPath(import.meta.url), "../../../..");

/** The workloads that are run where no file is named. */
export const defaultWorkloads = path.join(repositoryRoot, "bench/workloads.json");

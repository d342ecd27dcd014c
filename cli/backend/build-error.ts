/** The error of a build that cannot go on: what is missing, and the command that mends it. */
import { ResidencyError } from "../../lib/errors.ts";

/** What a build may lack. */
export type MissingPart =
  | "system"
  | "python"
  | "tensorflow"
  | "tensorflow-libraries"
  | "architecture"
  | "compiler"
  | "make"
  | "node-gyp"
  | "node-headers"
  | "npm"
  | "package"
  | "folder"
  | "compilation"
  | "binding";

/** An error with code E_BACKEND_BUILD; `remedy` is a command, or a sentence where none would do. */
export class BackendBuildError extends ResidencyError {
  readonly missing: MissingPart;
  readonly remedy: string;
  constructor(missing: MissingPart, problem: string, remedy: string, options?: ErrorOptions) {
    super(
      "E_BACKEND_BUILD",
      `Cannot build the tensorflow backend: ${problem}\nWhat to do: ${remedy}`,
      options,
    );
    this.missing = missing;
    this.remedy = remedy;
  }
}

/** The npm packages that bind TensorFlow's C library, and what a build of ours writes down beside the binding. */

/** The packages that can be used, best first: the first one uses a GPU where its TensorFlow does. */
export const tensorflowPackages = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"] as const;

/** The name of a package that binds TensorFlow. */
export type TensorflowPackage = (typeof tensorflowPackages)[number];

/** The version that a build installs. */
export const tensorflowPackageVersion = "4.22.0";

/** The file in the package's folder that says what its binding was built against. */
export const buildRecordFile = "residency-build.json";

/** What a binding was built against. */
export interface BuildRecord {
  /** The version of TensorFlow, such as `2.21.0`. */
  tensorflow: string;
  /** The folder of the Python package `tensorflow`, in which the binding finds the libraries. */
  tensorflowFolder: string;
  /** The Python program that was asked. */
  python: string;
}

/** Reads the text of a build record; undefined when it is none. */
export function parseBuildRecord(text: string): BuildRecord | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const { tensorflow, tensorflowFolder, python } = parsed as Record<string, unknown>;
  if (typeof tensorflow !== "string" || typeof tensorflowFolder !== "string" || typeof python !== "string") {
    return undefined;
  }
  return { tensorflow, tensorflowFolder, python };
}

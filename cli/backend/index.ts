/** The front door of `residency backend`. */
export { BackendBuildError } from "./build-error.ts";
export type { MissingPart } from "./build-error.ts";
export { buildTensorflow } from "./build-tensorflow.ts";
export type { BuildListener, BuildTensorflowOptions, BuiltTensorflow } from "./build-tensorflow.ts";

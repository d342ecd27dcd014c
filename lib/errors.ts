/** Every error code of the library, once: what can go wrong, and the class that says so. */

/** The stable codes that a caller may branch on; messages may change, codes do not. */
export const errorCodes = {
  E_CONFIG: "an option has a value that is not allowed, or two options contradict each other",
  E_SHAPE: "a tensor has another shape than the operation or the checkpoint needs",
  E_SAFETENSORS: "the bytes are not a valid safetensors file",
  E_GGUF: "the bytes are not a valid GGUF file, or hold what the format does not allow",
  E_CHECKPOINT: "a model or adapter folder is incomplete or does not fit the model",
  E_SAVE: "a file could not be written: the disk is full, or the folder may not be written to",
  E_TOKENIZER: "a tokenizer file is invalid, or a text cannot be encoded",
  E_DATASET: "a data file has a line that cannot be read, or no usable row is left",
  E_TARGET_MODULES: "a LoRA target names no module of the model",
  E_BACKEND: "the wanted compute backend cannot be used here",
  E_BACKEND_BUILD: "the native part of a compute backend cannot be built here",
  E_MEMORY: "the backend's memory has no room for what was asked for",
  E_DEVICE_LOST: "the GPU went away in the middle of the work",
  E_SYNC_READ: "a tensor that lies on a GPU was read without waiting",
  E_GRADIENT: "a gradient was asked for that an operation does not have",
  E_PLATFORM: "what was asked for cannot be done on this platform, such as in a browser",
  E_NUMERIC: "a loss or gradient is NaN or infinite",
  E_HUB: "the hub or the way to it failed, or answered what no hub answers",
  E_HUB_ACCESS: "the hub wants a token, or its owner's consent, for a repository",
  E_HUB_INTEGRITY: "a downloaded file or a place in the cache is not what it must be",
  E_HUB_NOT_FOUND: "the hub has no such repository, revision or file",
  E_HUB_OFFLINE: "a file is not in the cache, and the hub may not be asked",
  E_ENDPOINT: "a language model's endpoint failed, refused, or answered what no endpoint answers",
  E_INTERRUPTED: "the work was stopped from outside and can be resumed",
} as const;

/** One of the stable error codes. */
export type ErrorCode = keyof typeof errorCodes;

/**
 * An error with a stable `code`; its message says what was done, the value, the allowed values and how to go on.
 *
 * @example
 * const error = new ResidencyError("E_CONFIG", "Cannot train with learningRate -1: it must be above 0");
 * error.code; // → "E_CONFIG"
 */
export class ResidencyError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ResidencyError";
    this.code = code;
  }
}

/** Every error code of the kernel, its client and its notebook reader, once. */

/** The stable codes that a caller may branch on; messages may change, codes do not. */
export const kernelErrorCodes = {
  E_CONNECTION_FILE: "a connection file is missing, malformed or unsafe",
  E_KERNEL_START: "a kernel process did not start, or did not answer in time",
  E_KERNEL_DIED: "a kernel process ended while requests were waiting",
  E_NOTEBOOK: "a file is not a notebook in nbformat 4",
  E_KERNELSPEC: "a kernelspec cannot be installed or removed",
  E_COMM: "a comm was used where no front end can be reached",
  E_INPUT: "a cell asked for input that nobody can give",
  E_SUBSHELL: "a request names a subshell that is not there",
  E_DEBUG: "the debugger cannot do what a request asks for",
  E_ARGUMENT: "a function of residency/cell was given a value that it cannot use",
  E_COMMAND: "a command of a cell cannot be run, failed, or was ended",
} as const;

/** One of the stable error codes. */
export type KernelErrorCode = keyof typeof kernelErrorCodes;

/** An error with a stable `code`; its message says what was done, the value, the allowed values and how to go on. */
export class KernelError extends Error {
  readonly code: KernelErrorCode;
  constructor(code: KernelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KernelError";
    this.code = code;
  }
}

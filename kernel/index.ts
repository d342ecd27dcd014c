/** The front door of the kernel package: its client and its notebooks. */
export * from "./client/index.ts";
export * from "./notebook/index.ts";

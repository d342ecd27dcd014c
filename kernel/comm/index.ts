/** The front door of comms: two-way messages between cells and a front end. */
export * from "./comm-host.ts";
export * from "./comm-manager.ts";
export * from "./messages.ts";

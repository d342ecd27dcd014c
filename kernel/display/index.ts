/** The front door of displays: MIME bundles by a symbol protocol. */
export * from "./describe-figure.ts";
export * from "./display-host.ts";
export * from "./escape-html.ts";
export * from "./inspect-safely.ts";
export * from "./mime-bundle.ts";
export * from "./plotly-html.ts";
export * from "./progress.ts";
export * from "./representations.ts";
export type { TableOptions, TableRow } from "./table.ts";
export * from "./throttle.ts";

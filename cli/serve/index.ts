/** The page on which a base model and its tuned twin answer side by side. */
export { readServedNotes } from "./contents.ts";
export { loadServedModels, type ServedModels } from "./models.ts";
export { serve, type Served, type ServeOptions } from "./server.ts";

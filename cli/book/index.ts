/** The book: the course's notebooks as a static site with search. */
export { buildBook } from "./build-book.ts";
export type { BuiltBook } from "./build-book.ts";

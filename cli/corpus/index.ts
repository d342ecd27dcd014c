/** Writes the synthetic clinical corpora. */
export { writeCorpus, type WriteCorpusOptions, type WrittenFile } from "./write-corpus.ts";
export { writeMiniature } from "./write-miniature.ts";

/** Writes the synthetic clinical corpora. */
export { writeCorpus, type WriteCorpusOptions, type WrittenFile } from "./write-corpus.ts";
export { endpointHelp, runEndpointCorpus } from "./endpoint-command.ts";
export { writeMiniature } from "./write-miniature.ts";

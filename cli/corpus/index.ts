/** Writes the synthetic clinical corpus. */
export { writeCorpus, type WriteCorpusOptions, type WrittenFile } from "./write-corpus.ts";
export { endpointHelp, runEndpointCorpus } from "./endpoint-command.ts";

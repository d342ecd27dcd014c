/** De-identifying files from the command line. */
export { deidentifyFile, type DeidentifiedFile, type DeidentifyFileOptions } from "./deidentify-file.ts";

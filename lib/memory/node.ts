/** What this process has used of the machine's memory. */

/** The largest resident memory of this process so far, in MiB, as the operating system counts it. */
export function peakRssMb(): number {
  // Linux and Node report kibibytes here.
  return process.resourceUsage().maxRSS / 1024;
}

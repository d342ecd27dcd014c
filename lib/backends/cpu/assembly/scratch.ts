/** The private working memory of each thread. */

/** This instance's thread: 0 publishes jobs, the others help. Each thread has its own instance, and so its own value. */
let threadIndex: i32 = 0;
let scratchStart: usize = 0;
let hasBlas: bool = false;

/** Says who this instance is, where its scratch memory lies, and whether products go through the system's BLAS. */
export function setThread(index: i32, scratch: usize, blas: bool): void {
  threadIndex = index;
  scratchStart = scratch;
  hasBlas = blas;
}

/** The number of this instance's thread. */
export function thread(): usize {
  return threadIndex;
}

export function usesBlas(): bool {
  return hasBlas;
}

/** Bytes of one tile of the micro-kernel. */
export const edgeBytes: usize = 256;

/** Bytes of the packed panels of the micro-kernel and of one tile, at the start of the scratch memory. */
export const panelBytes: usize = (264 + 96) * 384 * 4 + edgeBytes;

/** The panels of the micro-kernel. */
export function panels(): usize {
  return scratchStart;
}

/** What kernels may use; it does not overlap the panels. */
export function scratch(): usize {
  return scratchStart + panelBytes;
}

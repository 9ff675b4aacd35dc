/**
 * How long the calling thread computes in one go while `work` goes on: the 99th percentile of its processor time between
 * two looks a millisecond apart, in ms. Unlike a clock's it says nothing about other processes' share of the machine.
 */
export async function heldUp(work: () => Promise<unknown>): Promise<number> {
  const spans: number[] = [];
  let before = process.threadCpuUsage();
  const timer = setInterval(() => {
    const now = process.threadCpuUsage();
    spans.push((now.user + now.system - before.user - before.system) / 1000);
    before = now;
  }, 1);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return spans.sort((a, b) => a - b)[Math.floor(0.99 * spans.length)] ?? Number.POSITIVE_INFINITY;
}

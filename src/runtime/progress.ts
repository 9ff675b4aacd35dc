/** Where a long piece of work stands, for whoever waits. */
export interface Progress {
  /** `done` counts in the bar's unit; `loss` is the latest; `work` counts in the unit of the rate, where it is another. */
  update(done: number, extra?: { loss?: number; work?: number }): void;
  /** Ends the line. Call it on failure too, or the next line of output is written over the bar. */
  finish(): void;
}

export interface ProgressOptions {
  /** What is being done: "replay", "pretrain". */
  label: string;
  /** Null where it is not known beforehand. */
  total: number | null;
  /** What `done` and `total` count: "posts", "steps". */
  unit: string;
  /** What the rate counts, where it is something else: "tokens". */
  rateUnit?: string;
  /** Done before this process started (a resumed run): not counted in the rate. */
  initial?: number;
  stream?: { isTTY?: boolean; write(text: string): unknown };
  /** Milliseconds, monotonic. */
  now?: () => number;
}

const REDRAW_MS = 100;
const LINE_MS = 10_000;

/** One redrawn line on a terminal; elsewhere a line about every 10 seconds and one at the end. On standard error. */
export function createProgress(options: ProgressOptions): Progress {
  const { label, total, unit, initial = 0, stream = process.stderr, now = performance.now.bind(performance) } = options;
  const interval = stream.isTTY ? REDRAW_MS : LINE_MS;
  const startedAt = now();
  let drawnAt = stream.isTTY ? Number.NEGATIVE_INFINITY : startedAt;
  let state = { done: initial, loss: Number.NaN, work: 0 };
  let finished = false;

  function draw(): void {
    drawnAt = now();
    const seconds = (drawnAt - startedAt) / 1000;
    const perSecond = seconds > 0 ? (state.done - initial) / seconds : 0;
    const rate = options.rateUnit && seconds > 0 ? state.work / seconds : perSecond;
    const left =
      total === null || perSecond === 0 ? 'time left unknown' : `${duration((total - state.done) / perSecond)} left`;
    const parts = [
      `${label} ${state.done}${total === null ? '' : `/${total}`} ${unit}`,
      `${amount(rate)} ${options.rateUnit ?? unit}/s`,
      ...(Number.isNaN(state.loss) ? [] : [`loss ${state.loss.toFixed(4)}`]),
      ...(total === null ? [] : [left]),
    ];
    const drawn = total === null ? '' : `${bar(state.done / total)} `;
    stream.write(stream.isTTY ? `\r\u001B[2K${drawn}${parts.join(' · ')}` : `${parts.join(' · ')}\n`);
  }

  return {
    update(done, extra = {}) {
      state = { done, loss: extra.loss ?? state.loss, work: extra.work ?? state.work };
      if (!finished && now() - drawnAt >= interval) draw();
    },
    finish() {
      if (finished) return;
      finished = true;
      draw();
      if (stream.isTTY) stream.write('\n');
    },
  };
}

const BAR_CELLS = 20;

function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_CELLS);
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

/** Three significant digits below a thousand, whole numbers above. */
function amount(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

/** `45 s`, `12 min`, `3 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

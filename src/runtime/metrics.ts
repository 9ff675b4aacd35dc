import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The text format that Prometheus scrapes. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Bounds of histograms of durations, in s: from a quiet post's milliseconds to a backlog's minutes. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/**
 * What a process counts of itself. Names and units are Prometheus' (base units, `_total` for what only grows); labels have
 * few values: never an id of a community, a channel, a person or a message.
 */
export interface Metrics {
  /** `evenkeel_messages_received_total`: posts and edits that connectors delivered, before what is ignored is dropped. */
  readonly received: Counter<'platform'>;
  /** `evenkeel_messages_removed_total` */
  readonly removed: Counter<'platform'>;
  /** `evenkeel_verdicts_total` */
  readonly verdicts: Counter<'platform' | 'adapter' | 'flagged'>;
  /** `evenkeel_verdict_latency_seconds`: from intake to the committed verdict. */
  readonly verdictLatency: Histogram<'platform'>;
  /** `evenkeel_messages_unseen_total`: posts that were passed over in an overload. */
  readonly unseen: Counter<'platform'>;
  /** `evenkeel_classify_batch_texts`: texts that the model is asked about at once. */
  readonly batchTexts: Histogram;
  /** `evenkeel_classify_duration_seconds`: how long it takes to answer. */
  readonly classifyDuration: Histogram;
  /** `evenkeel_cards_total`, `outcome` is `shown` or `failed`. */
  readonly cards: Counter<'platform' | 'outcome'>;
  /** `evenkeel_labels_total` */
  readonly labels: Counter<'platform' | 'answer'>;
  /** `evenkeel_http_requests_total`, by the route's pattern. */
  readonly requests: Counter<'method' | 'route' | 'status'>;
  /** `evenkeel_http_request_duration_seconds` */
  readonly requestDuration: Histogram<'method' | 'route'>;
  /** A value that is read whenever someone looks: by its labels' values, in the order of `labels`. */
  gauge<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    read: () => Promise<readonly (readonly [Record<L, string>, number])[]>,
  ): void;
  /** Everything, in Prometheus' text format. */
  render(): Promise<string>;
}

/** Starts to count; `process_*` and `nodejs_*` (memory, processor time, event loop lag) are among it. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> =>
    new Histogram({ name, help, labelNames, buckets, registers });

  return {
    received: counter('evenkeel_messages_received_total', 'Posts and edits that a platform delivered.', ['platform']),
    removed: counter('evenkeel_messages_removed_total', 'Posts that were deleted on their platform.', ['platform']),
    verdicts: counter('evenkeel_verdicts_total', 'Verdicts that were stored.', ['platform', 'adapter', 'flagged']),
    unseen: counter('evenkeel_messages_unseen_total', 'Posts that were passed over in an overload.', ['platform']),
    verdictLatency: histogram(
      'evenkeel_verdict_latency_seconds',
      'From the intake of a post to its stored verdict.',
      ['platform'],
      SECONDS,
    ),
    batchTexts: histogram('evenkeel_classify_batch_texts', 'Texts of one call of the model.', [], BATCH_SIZES),
    classifyDuration: histogram(
      'evenkeel_classify_duration_seconds',
      'Duration of one call of the model.',
      [],
      SECONDS,
    ),
    cards: counter('evenkeel_cards_total', 'Cards that were drawn or could not be.', ['platform', 'outcome']),
    labels: counter('evenkeel_labels_total', "Moderators' answers.", ['platform', 'answer']),
    requests: counter('evenkeel_http_requests_total', 'HTTP requests answered.', ['method', 'route', 'status']),
    requestDuration: histogram(
      'evenkeel_http_request_duration_seconds',
      'Until an HTTP answer began.',
      ['method', 'route'],
      SECONDS,
    ),
    gauge(name, help, labels, read) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        async collect() {
          gauge.reset();
          // Where it cannot be read (a database that is away) it says nothing, and the others still speak.
          const values = await read().catch(() => []);
          for (const [of, value] of values) gauge.set(of, value);
        },
      });
    },
    render: () => registry.metrics(),
  };
}

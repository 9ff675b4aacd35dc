/** AdamW (Loshchilov & Hutter 2019), as torch.optim.AdamW: decoupled decay, bias-corrected moments. */
export interface AdamWSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

export const ADAMW_DEFAULTS: AdamWSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

/** First and second moments of one weight's gradient. */
export interface Moments {
  first: Float32Array;
  second: Float32Array;
}

/** Updates `weight` and `moments` in place. `step` counts from 1; `gradientScale` is applied to the gradient first. */
export function adamWStep(
  weight: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  step: number,
  learningRate: number,
  { beta1, beta2, epsilon, weightDecay }: AdamWSettings,
  gradientScale = 1,
): void {
  const keep = 1 - learningRate * weightDecay;
  const correction = Math.sqrt(1 - beta2 ** step);
  const size = learningRate / (1 - beta1 ** step);
  for (let i = 0; i < weight.length; i += 1) {
    const g = gradient[i]! * gradientScale;
    const m = beta1 * first[i]! + (1 - beta1) * g;
    const v = beta2 * second[i]! + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    weight[i] = weight[i]! * keep - (size * m) / (Math.sqrt(v) / correction + epsilon);
  }
}

/** The norm of all gradients together, as torch.nn.utils.clip_grad_norm_ takes it. */
export function globalNorm(gradients: Iterable<Float32Array>): number {
  let sum = 0;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i += 1) sum += gradient[i]! * gradient[i]!;
  }
  return Math.sqrt(sum);
}

/** What to multiply gradients by so that their norm is at most `limit`. */
export function clipScale(norm: number, limit: number): number {
  return Math.min(1, limit / (norm + 1e-6));
}

/** Linear warm-up from 0, then linear decay to 0, as transformers' get_linear_schedule_with_warmup; `step` from 0. */
export function linearSchedule(step: number, warmup: number, total: number): number {
  if (step < warmup) return step / Math.max(1, warmup);
  return Math.max(0, (total - step) / Math.max(1, total - warmup));
}

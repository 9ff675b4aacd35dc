import type { PrecisionSetting, Provider } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import type { Precision } from './serving-weights.ts';

/**
 * `auto` is int8 on the processor and fp16 on every other device. Throws a `config` error for what a device has no
 * operators for.
 */
export function precisionOn(device: Provider, setting: PrecisionSetting): Precision {
  const best = device === 'cpu' ? 'int8' : 'fp16';
  if (setting === 'auto' || setting === best) return best;
  if (setting === 'fp32') return 'fp32';
  throw new EvenkeelError(
    'config',
    `EVENKEEL_PRECISION is ${setting}, but on ${device} the model runs in ${best} or fp32`,
    {
      hint: `Set it to auto, ${best} or fp32, or choose another device with EVENKEEL_DEVICE.`,
    },
  );
}

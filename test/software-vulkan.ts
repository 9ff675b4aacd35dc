import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe } from 'vitest';

/**
 * `EVENKEEL_TEST_VULKAN` names the manifest (icd.d/*.json) of another Vulkan driver than the machine's own lavapipe, or says
 * `none`: then WebGPU is not tested, even in CI.
 */
const NAMED = process.env['EVENKEEL_TEST_VULKAN'];

/** Lavapipe of Mesa 25 gives Vulkan 1.4. Those of Vulkan 1.3 lack what Dawn, the WebGPU inside onnxruntime, needs of an adapter. */
const LEAST_MINOR = 4;

const manifest = NAMED ?? globSync('/usr/share/vulkan/icd.d/lvp_icd*.json').find(isRecent);

function isRecent(path: string): boolean {
  const { ICD } = JSON.parse(readFileSync(path, 'utf8')) as { ICD: { api_version: string } };
  const [major, minor] = ICD.api_version.split('.').map(Number) as [number, number];
  return major > 1 || minor >= LEAST_MINOR;
}

/** What a process needs in its environment to find no Vulkan but the one in software. */
export const SOFTWARE_VULKAN: NodeJS.ProcessEnv = { VK_ICD_FILENAMES: manifest, VK_DRIVER_FILES: manifest };

/** Declares a suite that needs a Vulkan in software; skipped by name where there is none, but in CI only if it says `none`. */
export function describeOnSoftwareVulkan(title: string, suite: () => void): void {
  const present = manifest !== undefined && existsSync(manifest);
  if (!present && NAMED !== 'none' && process.env['CI'] === 'true') {
    throw new Error(
      'No Vulkan in software: in CI WebGPU is tested too. Install Mesa 25 (.ci/software-vulkan says how).',
    );
  }
  const lacking = present ? '' : ' (skipped: no lavapipe of Mesa 25 found)';
  describe.skipIf(!present)(`${title}${lacking}`, () => {
    suite();
  });
}

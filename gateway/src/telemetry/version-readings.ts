import type { Reading } from './metrics.ts';

/** What is asked of the versions of WhatsApp Web. */
interface VersionFigures {
  view(): { readonly version: string; readonly refusals: number };
}

/** Which version is presented to WhatsApp, and how often it was refused. */
export function versionReadings(versions: VersionFigures): Reading[] {
  return [
    {
      name: 'client_version',
      help: 'The version of WhatsApp Web that is presented; always 1',
      label: 'version',
      read: () => ({ [versions.view().version]: 1 }),
    },
    {
      name: 'client_version_refusals_total',
      help: 'How often WhatsApp refused the version',
      label: null,
      read: () => ({ '': versions.view().refusals }),
    },
  ];
}

import { milliseconds, pictures } from '../lib/format';
import type { Status } from '../api/types';
import type { Results } from '../state/results';

/** "1,000 pictures · glimpse-small · 6 ms" */
export function StatusLine({ results, status }: { results: Results; status: Status | null }) {
  const { answer, shown } = results;
  const total = answer?.total ?? status?.pictures;
  const model = answer?.model ?? status?.model;
  const parts = [
    total === undefined ? null : pictures(total),
    shown.kind === 'captions' ? null : (model ?? null),
    answer && shown.kind !== 'browse' ? milliseconds(answer.encode_ms + answer.search_ms) : null,
  ].filter((part) => part !== null && part !== '');
  const failed = status?.failed ?? 0;
  return (
    <p class="status">
      {parts.join(' · ')}
      {failed > 0 && shown.kind === 'browse' && (
        <span title="glimpse status --failed lists them, with the reason for each">
          {' '}
          · {pictures(failed)} could not be read
        </span>
      )}
    </p>
  );
}

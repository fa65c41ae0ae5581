import { ClockIcon } from './icons';

export const EXAMPLES = [
  'black dog',
  'white shirt',
  'green grass',
  'red car',
  'two dogs',
  'a woman with blond hair',
  'white pants',
  'two cats',
];

interface Properties {
  current: string;
  recent: readonly string[];
  onChoose(query: string): void;
  onForget(): void;
}

function Chip({ query, current, onChoose }: { query: string; current: boolean; onChoose(query: string): void }) {
  return (
    <li>
      <button
        type="button"
        class="chip"
        aria-pressed={current}
        onClick={() => {
          onChoose(query);
        }}
      >
        {query}
      </button>
    </li>
  );
}

/** Example queries, and those of the user that are not examples. */
export function Chips({ current, recent, onChoose, onForget }: Properties) {
  const same = (query: string) => query.toLowerCase() === current.toLowerCase();
  return (
    <div class="chips">
      <ul class="chip-row" aria-label="Examples">
        {EXAMPLES.map((query) => (
          <Chip key={query} query={query} current={same(query)} onChoose={onChoose} />
        ))}
      </ul>
      {recent.length > 0 && (
        <div class="recent">
          <ClockIcon />
          <ul class="chip-row" aria-label="Recent searches">
            {recent.map((query) => (
              <Chip key={query} query={query} current={same(query)} onChoose={onChoose} />
            ))}
          </ul>
          <button type="button" class="plain" onClick={onForget} aria-label="Clear recent searches">
            Clear
          </button>
        </div>
      )}
    </div>
  );
}

// Which pictures are shown: a panel to choose conditions, and a chip for each that can be taken away again.
import { useId, useRef } from 'preact/hooks';
import type { FacetCounts, Facets } from '../api/types';
import { count } from '../lib/format';
import {
  addDays,
  chipsOf,
  dateLabel,
  firstDay,
  nextMonth,
  NO_FILTER,
  valuesOf,
  withCondition,
  without,
  type ConditionName,
  type Filter,
} from '../state/filter';
import { Choice } from './choice';
import { CloseIcon, FilterIcon } from './icons';
import { useFacets } from './use_facets';
import { usePanel } from './use_panel';

interface Properties {
  filter: Filter;
  /** Newest pictures first. */
  byDate: boolean;
  /** What the other order is. */
  otherOrder: 'best' | 'newest file';
  onFilter(filter: Filter): void;
  onByDate(byDate: boolean): void;
}

interface ChooserProperties {
  label: string;
  any: string;
  counts: FacetCounts;
  chosen: readonly string[];
  show?(value: string): string;
  onChoose(value: string): void;
}

/** A list of what there is; choosing adds, the chips take away. */
function Chooser({ label, any, counts, chosen, show = (value) => value, onChoose }: ChooserProperties) {
  const left = counts.filter(({ value }) => !chosen.includes(value));
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value=""
        disabled={left.length === 0}
        onChange={(event) => {
          const { value } = event.currentTarget;
          event.currentTarget.value = '';
          if (value) onChoose(value);
        }}
      >
        <option value="">{chosen.length > 0 ? 'One more …' : any}</option>
        {left.map(({ value, pictures }) => (
          <option key={value} value={value}>
            {show(value)} ({count(pictures)})
          </option>
        ))}
      </select>
    </label>
  );
}

function DayField({ label, value, onDay }: { label: string; value: string; onDay(day: string): void }) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="date"
        value={value}
        min="1826-01-01"
        max="2199-12-31"
        onChange={(event) => {
          onDay(event.currentTarget.value);
        }}
      />
    </label>
  );
}

function PlaceField({ value, onPlace }: { value: string; onPlace(place: string): void }) {
  const hint = useId();
  return (
    <label class="field field-wide">
      <span>Near a place</span>
      <input
        key={value}
        type="text"
        defaultValue={value}
        placeholder="48.2, 16.4, 25km"
        aria-describedby={hint}
        autocomplete="off"
        onChange={(event) => {
          onPlace(event.currentTarget.value.replaceAll(' ', ''));
        }}
      />
      <small id={hint}>Latitude, longitude, distance</small>
    </label>
  );
}

const SHAPES = ['landscape', 'portrait', 'square'];
const NONE: FacetCounts = [];

function Conditions({
  filter,
  facets,
  onFilter,
}: {
  filter: Filter;
  facets: Facets | null;
  onFilter(filter: Filter): void;
}) {
  const choose = (name: ConditionName) => (value: string) => {
    onFilter(withCondition(filter, name, value));
  };
  const [after = ''] = valuesOf(filter, 'after');
  const [before = ''] = valuesOf(filter, 'before');
  const [near = ''] = valuesOf(filter, 'near');
  const [captioned = 'any'] = valuesOf(filter, 'captioned');
  const end = firstDay(before);
  return (
    <>
      <div class="fields">
        <Chooser
          label="Folder"
          any="Any folder"
          counts={facets?.folders ?? NONE}
          chosen={valuesOf(filter, 'folder')}
          onChoose={choose('folder')}
        />
        <Chooser
          label="Month"
          any="Any time"
          counts={facets?.months ?? NONE}
          chosen={[]}
          show={dateLabel}
          onChoose={(month) => {
            onFilter(withCondition(withCondition(filter, 'after', month), 'before', nextMonth(month)));
          }}
        />
        <DayField label="From" value={firstDay(after)} onDay={choose('after')} />
        <DayField
          label="Until"
          value={end ? addDays(end, -1) : ''}
          onDay={(day) => {
            choose('before')(day ? addDays(day, 1) : '');
          }}
        />
        <Chooser
          label="Camera"
          any="Any camera"
          counts={facets?.cameras ?? NONE}
          chosen={valuesOf(filter, 'camera')}
          onChoose={choose('camera')}
        />
        <Chooser
          label="Format"
          any="Any format"
          counts={facets?.formats ?? NONE}
          chosen={valuesOf(filter, 'format')}
          show={(format) => format.toUpperCase()}
          onChoose={choose('format')}
        />
        {(facets?.placed ?? 0) > 0 || near ? <PlaceField value={near} onPlace={choose('near')} /> : null}
      </div>
      <Choice
        legend="Shape"
        name="shape"
        values={['any', ...SHAPES]}
        value={valuesOf(filter, 'shape')[0] ?? 'any'}
        onChange={(shape) => {
          const rest = withCondition(filter, 'shape', '');
          onFilter(shape === 'any' ? rest : withCondition(rest, 'shape', shape));
        }}
      />
      {((facets?.captioned ?? 0) > 0 || captioned !== 'any') && (
        <Choice
          legend="Caption"
          name="captioned"
          values={['any', 'yes', 'no']}
          value={captioned}
          onChange={(answer) => {
            choose('captioned')(answer === 'any' ? '' : answer);
          }}
        />
      )}
    </>
  );
}

export function FilterBar({ filter, byDate, otherOrder, onFilter, onByDate }: Properties) {
  const { open, setOpen, root, button, onKeyDown } = usePanel();
  const facets = useFacets(open);
  const list = useRef<HTMLUListElement>(null);
  const chips = chipsOf(filter);
  const remove = (index: number) => {
    onFilter(without(filter, chips[index]?.conditions ?? NO_FILTER));
    // The focus goes to the chip that takes the place of this one, or back to the button.
    const next = list.current?.querySelectorAll('button')[index + 1] ?? button.current;
    (next ?? button.current)?.focus();
  };
  return (
    <>
      <div ref={root} class="filters" onKeyDown={onKeyDown}>
        <button
          ref={button}
          type="button"
          class="chip filter-button"
          aria-expanded={open}
          aria-controls="filter"
          onClick={() => {
            setOpen(!open);
          }}
        >
          <FilterIcon />
          Filter
          {chips.length > 0 && (
            <span class="badge" aria-label={`${String(chips.length)} in use`}>
              {chips.length}
            </span>
          )}
        </button>
        <div id="filter" class="panel filter-panel" role="group" aria-label="Filter" hidden={!open}>
          {open && <Conditions filter={filter} facets={facets} onFilter={onFilter} />}
          <Choice
            legend="Order"
            name="order"
            values={[otherOrder, 'date taken'] as const}
            value={byDate ? 'date taken' : otherOrder}
            onChange={(order) => {
              onByDate(order === 'date taken');
            }}
          />
        </div>
      </div>
      {chips.length > 0 && (
        <ul ref={list} class="filter-chips" aria-label="Filters in use">
          {chips.map((chip, index) => (
            <li key={chip.label}>
              <button
                type="button"
                class="chip filter-chip"
                aria-label={`Remove: ${chip.label}`}
                title="Remove"
                onClick={() => {
                  remove(index);
                }}
              >
                <span>{chip.label}</span>
                <CloseIcon />
              </button>
            </li>
          ))}
          {chips.length > 1 && (
            <li>
              <button
                type="button"
                class="plain"
                onClick={() => {
                  onFilter(NO_FILTER);
                  button.current?.focus();
                }}
              >
                Clear all
              </button>
            </li>
          )}
        </ul>
      )}
    </>
  );
}
